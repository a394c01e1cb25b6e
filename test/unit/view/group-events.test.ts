import { expect, test } from 'vitest';
import type { TimelineEvent, TimelineKind } from '../../../src-shared/model/timeline.ts';
import { groupEvents } from '../../../src-shared/view/group-events.ts';
import { timelineRows } from '../../../src-renderer/tabs/timeline/timeline-rows.ts';
import { atMs, serverB } from '../../support/snapshot-builders.ts';

let sequence = 0;
const event = (seconds: number, kind: TimelineKind): TimelineEvent => ({
  ...{ sequence: ++sequence, server: serverB, kind, severity: 'info', message: kind },
  at: new Date(atMs + seconds * 1_000).toISOString(),
});
const newestFirst = (...events: TimelineEvent[]) => events.toReversed();
const kindsOf = (events: readonly TimelineEvent[]) =>
  groupEvents(events).map(({ head, parts }) => [head.kind, parts.length]);

const failure = (seconds: number) => [
  event(seconds, 'serverDisconnected'),
  event(seconds, 'serverDisconnected'),
  { ...event(seconds + 3, 'servingLost'), severity: 'warning' as const },
  event(seconds + 3, 'failoverBegan'),
  event(seconds + 4, 'syncLost'),
  event(seconds + 9, 'readinessLost'),
];
const comeback = (seconds: number) => [
  event(seconds, 'serverConnected'),
  event(seconds + 1, 'syncRegained'),
  event(seconds + 6, 'readinessRegained'),
  event(seconds + 11, 'failoverEnded'),
];

test('one failure is one entry, and so is the return', () => {
  const events = newestFirst(...failure(0), ...comeback(100));
  expect(kindsOf(events)).toEqual([
    ['failoverEnded', 3],
    ['failoverBegan', 5],
  ]);
});

test('of failures that follow each other, each has its own', () => {
  const events = newestFirst(...failure(0), ...comeback(30), ...failure(60), ...comeback(90));
  expect(kindsOf(events)).toEqual([
    ['failoverEnded', 3],
    ['failoverBegan', 5],
    ['failoverEnded', 3],
    ['failoverBegan', 5],
  ]);
});

test('what has nothing to do with it stands alone, and so does what is long past', () => {
  const events = newestFirst(
    event(0, 'syncLost'),
    event(290, 'licenseInstalled'),
    ...failure(300),
    event(310, 'seatsExhausted'),
  );
  expect(kindsOf(events)).toEqual([
    ['seatsExhausted', 0],
    ['failoverBegan', 5],
    ['licenseInstalled', 0],
    ['syncLost', 0],
  ]);
});

test('a drill has its switchovers, and the end of one has none of the next', () => {
  const drill = (seconds: number) => [
    event(seconds, 'switchedOver'),
    event(seconds, 'switchedOver'),
    event(seconds + 1, 'switchedOver'),
    event(seconds + 2, 'drillFinished'),
  ];
  const events = newestFirst(event(-3_600, 'switchedOver'), ...drill(0));
  expect(kindsOf(events)).toEqual([
    ['drillFinished', 3],
    ['switchedOver', 0],
  ]);
});

test('unfolded, the parts follow their head', () => {
  const events = newestFirst(...failure(0));
  const head = events.find(({ kind }) => kind === 'failoverBegan');
  expect(timelineRows(events, new Set())).toMatchObject([{ partCount: 5, isOpen: false }]);
  const open = timelineRows(events, new Set([head?.sequence ?? 0]));
  expect(open.map(({ isPart }) => isPart)).toEqual([false, true, true, true, true, true]);
  expect(open[0]).toMatchObject({ isOpen: true, event: { kind: 'failoverBegan' } });
});
