import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { runKillRounds } from './kill-rounds.ts';

it('loses nothing that a client was told when the server is killed under load', async () => {
  const seed = randomInt(2 ** 32);
  const result = await runKillRounds({ rounds: 4, seed });
  expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
  // A load that did nothing would prove nothing.
  expect(result.granted).toBeGreaterThan(20);
  expect(result.returned).toBeGreaterThan(5);
});
