import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { runKillRounds } from './kill-rounds.ts';
import { runPairKillRounds } from './pair-kill-rounds.ts';

it.each([
  { what: 'the server is', runRounds: runKillRounds },
  { what: 'one of two servers or both are', runRounds: runPairKillRounds },
])('loses nothing that a client was told when $what killed under load', async ({ runRounds }) => {
  const seed = randomInt(2 ** 32);
  const result = await runRounds({ rounds: 4, seed });
  expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
  // A load that did nothing would prove nothing.
  expect(result.granted).toBeGreaterThan(20);
  expect(result.returned).toBeGreaterThan(5);
});
