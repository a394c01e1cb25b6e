import { expect, test } from 'vitest';
import { describeReturn } from '../../../src-shared/view/describe-return.ts';
import { findFailovers } from '../../../src-shared/view/protection.ts';
import {
  makeNode,
  makePair,
  serverA,
  serverB,
  type PairParts,
} from '../../support/snapshot-builders.ts';

const failedOver = { active: serverB, here: 'active' } as const;
const gone: PairParts = {
  atBackup: true,
  ledger: { ...failedOver, synchronised: [serverB] },
  main: { connected: false, synchronised: false },
};
const back: PairParts = { atBackup: true, ledger: failedOver };
const reclaim = (leftMs: number | null, failures = 1, waitMs = 10_000) => ({
  reclaim: { to: serverA, stopped: false, failures, waitMs, leftMs },
});
const settings = (more: object) => {
  const { relationship } = makePair();
  if (!relationship) throw new Error('a pair is related');
  return { relationship: { settings: { ...relationship.settings, ...more } } };
};
const catchingUp: PairParts = {
  atBackup: true,
  ledger: { ...gone.ledger, ...reclaim(null), activeSince: '2026-03-01T11:00:00.000Z' },
};

test.each([
  [
    'gone',
    gone,
    'SRV-A takes its licences back automatically: it has to return first, and to be synchronised ' +
      'for 10 seconds.',
  ],
  [
    'back and not synchronised yet',
    catchingUp,
    'SRV-A is back and catching up: it takes its licences back as soon as it has been synchronised ' +
      'for 10 seconds.',
  ],
  [
    'waiting: a countdown',
    { ...back, ledger: { ...failedOver, ...reclaim(8_400) } },
    'SRV-A takes its licences back in 8 seconds. To do it at once, fail back.',
  ],
  [
    'waiting longer, since it failed again and again',
    { ...back, ledger: { ...failedOver, ...reclaim(31_000, 3, 40_000) } },
    'SRV-A takes its licences back in 31 seconds. The wait was 10 seconds and is 40 seconds now, ' +
      'since SRV-A has failed 3 times lately. To do it at once, fail back.',
  ],
  [
    'due',
    { ...back, ledger: { ...failedOver, ...reclaim(0) } },
    'SRV-A takes its licences back now. To do it at once, fail back.',
  ],
  [
    'seen where the countdown is not known',
    back,
    'SRV-A is synchronised: it takes its licences back when it has been so for 10 seconds. To do ' +
      'it at once, fail back.',
  ],
  [
    'within hours of the day',
    { ...back, ...settings({ reclaim: '01:00-05:00' }), ledger: { ...failedOver, ...reclaim(0) } },
    'SRV-A takes its licences back between 01:00 and 05:00. To do it at once, fail back.',
  ],
  [
    'gone, within hours of the day',
    { ...gone, ...settings({ reclaim: '01:00-05:00', reclaimAfterMs: 0 }) },
    'SRV-A takes its licences back automatically: it has to return first, and to be synchronised, ' +
      'between 01:00 and 05:00.',
  ],
  [
    'by hand, gone',
    { ...gone, ...settings({ reclaim: 'manual' }) },
    'Fail back when SRV-A is back and synchronised.',
  ],
  [
    'by hand, back',
    { ...back, ...settings({ reclaim: 'manual' }) },
    'SRV-A is back and synchronised: fail back when it is time.',
  ],
  [
    'by hand, catching up',
    { ...catchingUp, ...settings({ reclaim: 'manual' }) },
    'Fail back when SRV-A is synchronised.',
  ],
  [
    'switched over',
    { ...back, ledger: { ...failedOver, placed: serverB } },
    'An admin switched over: fail back when it is time.',
  ],
] satisfies [string, PairParts, string][])('%s', (_name, parts, text) => {
  const node = makeNode(makePair(parts));
  expect(findFailovers(node).map((failover) => describeReturn(node, failover))).toEqual([text]);
});

test('two whose clocks are far apart: they are named, and who serves meanwhile', () => {
  const main = { ...catchingUp.main, clockDifferenceMs: 7_200_000 };
  const node = makeNode(makePair({ ...catchingUp, main }));
  const [failover] = findFailovers(node);
  expect(failover && describeReturn(node, failover)).toBe(
    'The clock of SRV-A is 2 hours ahead of that of SRV-B: the two do not synchronise until the wrong one ' +
      'is set right. SRV-B serves meanwhile.',
  );
});
