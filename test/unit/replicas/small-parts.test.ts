import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Complaints } from '../../../src-main/node/replicas/complaints.ts';
import { ServingWatch } from '../../../src-main/node/replicas/serving-watch.ts';
import { isWithinWindow } from '../../../src-main/node/replicas/time-window.ts';
import type { HostedReplica } from '../../../src-main/node/replicas/hosted-replica.ts';
import type { ReplicaView } from '../../../src-main/node/core/replica/replica-view.ts';
import { makeLedgerView } from '../../support/ledger-views.ts';
import { otherId, serverId } from '../../support/records.ts';

afterEach(() => void vi.useRealTimers());

describe('a time window', () => {
  const at = (hours: number, minutes: number) => new Date(2026, 2, 1, hours, minutes);

  it.each([
    ['09:00-17:00', [9, 0], true],
    ['09:00-17:00', [16, 59], true],
    ['09:00-17:00', [17, 0], false],
    ['09:00-17:00', [8, 59], false],
    ['22:00-04:00', [23, 30], true],
    ['22:00-04:00', [0, 0], true],
    ['22:00-04:00', [4, 0], false],
    ['22:00-04:00', [12, 0], false],
    ['00:00-00:00', [13, 0], true],
  ] as const)('%s at %j: %s', (window, [hours, minutes], inside) => {
    expect(isWithinWindow(window, at(hours, minutes))).toBe(inside);
  });

  it('and its opposite cover the day, and no minute twice', () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const text = (of: number) =>
      `${String(Math.floor(of / 60)).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`;
    fc.assert(
      fc.property(minute, minute, minute, (from, to, now) => {
        fc.pre(from !== to);
        const time = at(Math.floor(now / 60), now % 60);
        const inside = isWithinWindow(`${text(from)}-${text(to)}`, time);
        expect(isWithinWindow(`${text(to)}-${text(from)}`, time)).toBe(!inside);
      }),
    );
  });
});

describe('the watch over who serves', () => {
  /** `otherId` serves, as `serverId` sees it. */
  function makeFollower(view: Partial<ReplicaView> = {}, silentMs = 0): HostedReplica {
    const term = { number: 2, member: otherId };
    const replica = makeLedgerView({ view: { active: otherId, serving: false, term, ...view } });
    replica.state.nowMs = silentMs;
    return replica;
  }
  const connected = new ServingWatch(() => true);

  it('sees a change coming', () => {
    expect(connected.isUnsettled(makeFollower())).toBe(false);
    expect(connected.isUnsettled(makeFollower({ electing: true, active: null }))).toBe(true);
    expect(connected.isUnsettled(makeFollower({ active: null }))).toBe(true);
    expect(connected.isUnsettled(makeFollower({ handover: true }))).toBe(true);
    expect(connected.isUnsettled(makeFollower({}, 751))).toBe(true);
    expect(connected.isUnsettled(makeFollower({}, 750))).toBe(false);
    expect(new ServingWatch(() => false).isUnsettled(makeFollower())).toBe(true);
  });

  it('waits for an own doubt, and for a disk that fails only when another can take over', () => {
    const own = (view: Partial<ReplicaView>) =>
      connected.isUnsettled(makeLedgerView({ view: { active: serverId, ...view } }));
    expect(own({ serving: true })).toBe(false);
    expect(own({ serving: false })).toBe(true);
    const broken = { serving: false, storeFailed: true };
    expect(own({ ...broken, synchronised: [] })).toBe(false);
    expect(own({ ...broken, synchronised: [otherId] })).toBe(true);
  });

  it('lets requests go on when it is over, or after a second and a half', async () => {
    vi.useFakeTimers();
    const watch = new ServingWatch(() => true);
    const unsettled = makeFollower({ active: null });
    let done = 0;
    const first = watch.settled(unsettled).then(() => done++);
    watch.note(unsettled);
    await vi.advanceTimersByTimeAsync(1_400);
    expect(done).toBe(0);
    watch.note(makeFollower());
    await first;
    expect(done).toBe(1);
    const second = watch.settled(unsettled).then(() => done++);
    await vi.advanceTimersByTimeAsync(1_500);
    await second;
    expect([done, vi.getTimerCount()]).toEqual([2, 0]);
  });

  it('holds 10,000 at most', async () => {
    vi.useFakeTimers();
    const watch = new ServingWatch(() => true);
    const unsettled = makeFollower({ active: null });
    const all = Array.from({ length: 10_000 }, () => watch.settled(unsettled));
    await watch.settled(unsettled);
    expect(vi.getTimerCount()).toBe(10_000);
    watch.note(makeFollower());
    await Promise.all(all);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('complaints', () => {
  it('are one line a server in ten seconds', () => {
    let nowMs = 0;
    const lines: string[] = [];
    const log = { warn: (line: string) => void lines.push(line) };
    const complaints = new Complaints(
      log,
      (id) => id.toUpperCase(),
      () => nowMs,
    );
    for (let count = 0; count < 5; count++) complaints.note('a', 'it is odd');
    complaints.note('b', 'it is odd');
    nowMs = 10_000;
    complaints.note('a', 'it is odd again');
    expect(lines).toEqual([
      'Something that A sent is dropped: it is odd.',
      'Something that B sent is dropped: it is odd.',
      'Something that A sent is dropped: it is odd again (4 more were not told).',
    ]);
  });
});
