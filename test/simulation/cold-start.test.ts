import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Answer, Member } from './member.ts';
import { crash, restart } from './outages.ts';
import { answerOf, memberOf, startCluster } from './started-cluster.ts';

// Who was about to serve has served nobody: another one that had everything may have, and a start waits for it.

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
const three: Membership = { members: ['A', 'B', 'C'], witness: null, rule: 'continuity' };

function start(membership: Membership): Cluster {
  return startCluster(membership, {
    takeoverAfterMs: 1_000,
    coldStartWaitMs: 15_000,
    reclaim: 'manual',
  });
}

let leaseCount = 0;

/** Asks for one of the two seats of the licence; null: nobody answers. */
function checkOut(cluster: Cluster, server: string, instance: string): Answer | null {
  const request = { feature: 'cad', units: 1, client: { instance, user: 'u', host: 'h' } };
  const leaseId = `lease-${++leaseCount}`;
  return answerOf(cluster, server, { type: 'checkoutRequested', leaseId, request });
}

function takeBothSeats(cluster: Cluster, server: string): void {
  for (const instance of [`${server}1`, `${server}2`]) {
    expect(checkOut(cluster, server, instance)?.type).toBe('leaseGranted');
  }
}

/** Runs until that server has promised a term of its own, durably, and serves in none. */
function untilPromised(cluster: Cluster, { store, id }: Member): void {
  const hasPromised = () => store?.term.member === id;
  expect(cluster.runUntil(hasPromised, 5_000)).toBe(true);
}

/** Alone, that server does not serve: one seat too many would be out when the one that served last is back. */
function expectToWait(cluster: Cluster, waiting: string, forOne: string): void {
  cluster.runFor(5_000);
  expect(checkOut(cluster, waiting, 'late')?.type).toBe('notServing');
  restart(cluster, forOne);
  expect(cluster.runUntil(() => cluster.active !== undefined, 15_000)).toBe(true);
  const { active } = cluster;
  expect(active && checkOut(cluster, active.id, 'late')?.type).toBe('refused');
  expect(active?.state?.ledger.meta.overdraft).toBe(null);
  expect(cluster.violations).toEqual([]);
}

describe('a server that was killed between its promise and its spell', () => {
  it('waits for one that it asked what is there, and that took over at once', () => {
    const cluster = start(three);
    const [b, c] = [memberOf(cluster, 'B'), memberOf(cluster, 'C')];
    crash(cluster, 'A', 'gone');
    untilPromised(cluster, b);
    expect(b.state?.role.type).toBe('gathering');
    crash(cluster, 'B', 'gone');
    expect(cluster.runUntil(() => c.isActive, 5_000)).toBe(true);
    takeBothSeats(cluster, 'C');
    crash(cluster, 'C', 'gone');
    restart(cluster, 'B');
    expectToWait(cluster, 'B', 'C');
  });

  it('waits for one that had given it its place, and took that back at once', () => {
    const cluster = start(pair);
    const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
    a.step({ type: 'switchoverRequested', to: 'B' });
    untilPromised(cluster, b);
    crash(cluster, 'B', 'gone');
    expect(cluster.runUntil(() => a.isActive, 5_000)).toBe(true);
    takeBothSeats(cluster, 'A');
    crash(cluster, 'A', 'gone');
    restart(cluster, 'B');
    expectToWait(cluster, 'B', 'A');
  });
});

describe('a server whose takeover came to nothing', () => {
  it('waits for the one that was lost before it said what it has', () => {
    const cluster = start(pair);
    const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
    // A served alone last, and follows B since, which serves on without it.
    crash(cluster, 'B', 'gone');
    expect(cluster.runUntil(() => a.store?.syncSet.join() === 'A', 5_000)).toBe(true);
    crash(cluster, 'A', 'gone');
    restart(cluster, 'B');
    expect(cluster.runUntil(() => b.isActive, 20_000)).toBe(true);
    restart(cluster, 'A');
    expect(cluster.runUntil(() => a.store?.term.member === 'B', 5_000)).toBe(true);
    crash(cluster, 'A', 'gone');
    takeBothSeats(cluster, 'B');
    crash(cluster, 'B', 'gone');
    restart(cluster, 'A');
    restart(cluster, 'B');
    untilPromised(cluster, a);
    crash(cluster, 'B', 'gone');
    expectToWait(cluster, 'A', 'B');
  });
});

describe('a server that served alone last', () => {
  it('waits for nobody', () => {
    const cluster = start(pair);
    const a = memberOf(cluster, 'A');
    crash(cluster, 'B', 'gone');
    takeBothSeats(cluster, 'A');
    crash(cluster, 'A', 'gone');
    restart(cluster, 'A');
    expect(cluster.runUntil(() => a.isActive, 3_000)).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});
