import { describe, expect, it } from 'vitest';
import { plantDefect } from './plant-defect.ts';
import { simulate } from './simulate.ts';
import { mainsDefects, poolDefects } from './together-defects.ts';

const seedsPerTest = 15;

/** Each found something wrong once: with what it was. */
const seedsKept = [
  {
    kind: 'pool',
    seed: 459,
    was: 'a leader that was replaced while it was down never heard of it',
  },
  {
    kind: 'pool',
    seed: 36,
    was: 'a server that was taken out and called again voted before it had anything',
  },
] as const;

describe.each(['pool', 'mains'] as const)('ledgers of the same servers: %s', (kind) => {
  it.each([1, 1 + seedsPerTest])('keep the invariants through faults, from seed %i on', (from) => {
    for (let seed = from; seed < from + seedsPerTest; seed++) {
      const { violations } = simulate(kind, seed);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
    }
  });

  const defects = { pool: poolDefects, mains: mainsDefects }[kind];
  it.each(defects)('do not keep them when $name', async (defect) => {
    const planted = await plantDefect(defect);
    try {
      expect(planted.simulate(kind, defect.foundBySeed).violations).not.toEqual([]);
    } finally {
      planted.remove();
    }
  });
});

it.each(seedsKept)('they keep them in seed $seed of $kind, where $was', ({ kind, seed }) => {
  expect(simulate(kind, seed).violations).toEqual([]);
});
