import { describe, expect, it } from 'vitest';
import { majorityDefects } from './majority-defects.ts';
import { plantDefect } from './plant-defect.ts';
import { simulate } from './simulate.ts';

const seedsPerTest = 50;
const tests = 6;

describe('two to seven servers under majority, with and without a witness', () => {
  const starts = Array.from({ length: tests }, (_, i) => 1 + i * seedsPerTest);
  it.each(starts)('keep the invariants through faults, from seed %i on', (from) => {
    for (let seed = from; seed < from + seedsPerTest; seed++) {
      const { violations } = simulate('majority', seed);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
    }
  });

  it('do the same again from the same seed', () => {
    expect(simulate('majority', 7).trace).toEqual(simulate('majority', 7).trace);
  });
});

describe('the simulation finds under majority that', () => {
  it.each(majorityDefects)('$name', async (defect) => {
    const planted = await plantDefect(defect);
    try {
      expect(planted.simulate('majority', defect.foundBySeed).violations).not.toEqual([]);
    } finally {
      planted.remove();
    }
  });
});
