import { describe, expect, it } from 'vitest';
import { continuityDefects } from './continuity-defects.ts';
import { plantDefect } from './plant-defect.ts';
import { simulate } from './simulate.ts';

const seedsPerTest = 40;
const tests = 4;

/** Each found something wrong once: with what it was. */
const seedsKept = [
  { seed: 19, was: 'an instance lost its seat in the index when an older one of it ended later' },
  { seed: 36, was: 'the time as a log was counted twice when the rule came back to rows' },
  {
    seed: 66,
    was: 'history of which one member had a part and another the rest was never put together',
  },
  { seed: 86, was: 'the numbers of usage began anew when the rule was changed by another server' },
  {
    seed: 149,
    was: 'a server that was taken out and served on never agreed with the others again',
  },
  { seed: 436, was: 'a crash in a change of the rule left a ledger without rows' },
  { seed: 501, was: 'a write that was numbered by the other rule counted as durable' },
  { seed: 400, was: 'a retry was told of a seat beyond the licence of which nobody had been told' },
  {
    seed: 5894,
    was: 'a word from before a restart came after it, and the start was never believed',
  },
  { seed: 7445, was: 'what was decided before a suspension was answered after it' },
  { seed: 10_102, was: 'an overdraft that a former spell had brought was never recorded' },
  { seed: 10_573, was: 'more seats than the licence has went on to the rule majority' },
  {
    seed: 1101,
    was: 'two that were taken out took the ledger in again from each other without end',
  },
  {
    seed: 30_359,
    was: 'an overdraft that ended in a write that failed was not recorded any longer',
  },
  { seed: 11_115, was: 'a member that let another one serve was believed to serve itself' },
  {
    seed: 5_781_041,
    was: 'a client was told of a return that a failed disk took back together with a change of the rule',
  },
  {
    seed: 4264,
    was: 'what was on its way to the disk counted in the next spell, by the numbers of the former one',
  },
  {
    seed: 3001,
    was: 'an instance with two leases was given the one that it had never been told of',
  },
  {
    seed: 406_683,
    was: 'an active that had stood still waited for ever for one that may have forgotten its promises',
  },
  {
    seed: 105_431,
    was: 'an instance with two leases of which nobody is known to have been told got the earlier one',
  },
  {
    seed: 303_009,
    was: 'history of the time as a log was asked for at once or after ten seconds, and lost meanwhile',
  },
  {
    seed: 302_466,
    was: 'an active that was put back and knew no member answered them, who took it to serve for ever',
  },
  {
    seed: 311_108,
    was: 'a member whose configuration was of an earlier rule let nobody serve who keeps rows',
  },
  { seed: 313_503, was: 'an answer went by a sync set whose write failed' },
  {
    seed: 4214,
    was: 'a server whose partner was taken out before both were united knew no token of that one',
  },
  { seed: 2052, was: 'a new member believed its own clock and not the time of the ledger' },
  {
    seed: 248,
    was: 'a server with half of a ledger ended the seats of licences that it did not have',
  },
  {
    seed: 104_457,
    was: 'one of three had rows that did not say who takes part, and nobody let another one serve',
  },
  {
    seed: 164,
    was: 'a member that lost what it had of a time under majority let nobody serve by rows',
  },
  {
    seed: 8_240_381,
    was: 'a server that was halted, and then slept, took that for two short stops and answered at once',
  },
  {
    seed: 5_721_766,
    was: 'a seat that nobody had shown counted as one that was told when a failed disk took its end back',
  },
  {
    seed: 1_021_144,
    was: 'one that was cut off a moment ago counted as synchronised as soon as it was preferred',
  },
  {
    seed: 5_600_355,
    was: 'the simulation held a server to what it had heard between its decision and its answer',
  },
  {
    seed: 2578,
    was: 'a called server that saw another one start anew took itself for one that keeps the whole ledger',
  },
  {
    seed: 13_180_926,
    was: 'a server that had been called a moment ago served none of the licences, and the only whole copy was lost to that',
  },
  {
    seed: 16_063_499,
    was: 'a seat that its holder had shown after its server was killed was refused to it by the next one that served',
  },
];

describe('two to seven servers under continuity', () => {
  const starts = Array.from({ length: tests }, (_, i) => 1 + i * seedsPerTest);
  it.each(starts)('keep the invariants through faults, from seed %i on', (from) => {
    for (let seed = from; seed < from + seedsPerTest; seed++) {
      const { violations } = simulate('continuity', seed);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
    }
  });

  it.each(seedsKept)('keep them in seed $seed, where $was', ({ seed }) => {
    expect(simulate('continuity', seed).violations).toEqual([]);
  });
});

describe('the simulation finds under continuity that', () => {
  it.each(continuityDefects)('$name', async (defect) => {
    const planted = await plantDefect(defect);
    try {
      expect(planted.simulate('continuity', defect.foundBySeed).violations).not.toEqual([]);
    } finally {
      planted.remove();
    }
  });
});
