import { describe, expect, it } from 'vitest';
import { planRare } from './plan-faults.ts';
import { timeSetBack } from './set-time.ts';
import { simulate } from './simulate.ts';

const seedsPerRule = 8;

describe.each(['continuity', 'majority'] as const)(
  'servers by the rule %s whose time an admin sets back',
  (rule) => {
    it('keep what lives, and all have the same afterwards', () => {
      for (let seed = 1; seed <= seedsPerRule; seed++) {
        const { violations, trace } = simulate(rule, seed, planRare('setTime', seed, 90_000, 1));
        expect(violations, `seed ${seed}`).toEqual([]);
        expect(trace.some((line) => line.includes(timeSetBack))).toBe(true);
      }
    });
  },
);
