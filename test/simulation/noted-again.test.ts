import { describe, expect, it } from 'vitest';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Answer } from './member.ts';
import { crash } from './outages.ts';
import { answerOf, memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
const seat = 'lease-1';

function checkOut(cluster: Cluster, leaseId: string, server = 'A'): Answer | null {
  const client = { instance: leaseId, user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  return answerOf(cluster, server, { type: 'checkoutRequested', leaseId, request });
}

/** B follows no longer, serves, and lets a seat expire whose holder renews it at A all the time. */
function expireAtOther(cluster: Cluster): void {
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  expect(checkOut(cluster, seat)?.type).toBe('leaseGranted');
  cluster.runFor(1_000);
  cluster.network.weather.cut.add('A>B').add('B>A');
  expect(cluster.runUntil(() => b.isActive, 10_000)).toBe(true);
  const isOverAtB = () => b.state?.ledger.leases.has(seat) === false;
  for (let n = 0; n < 10 && !isOverAtB(); n++) {
    const renewed = answerOf(cluster, 'A', { type: 'renewalRequested', leaseId: seat });
    expect(renewed?.type).toBe('leaseRenewed');
    cluster.runUntil(isOverAtB, 2_000);
  }
  cluster.network.weather.cut.clear();
  const areOne = () => !a.isActive && b.state && synchronisedMembers(b.state).length === 2;
  expect(cluster.runUntil(() => areOne() === true, 3_000)).toBe(true);
}

function start(): Cluster {
  const settings = { takeoverAfterMs: 1_000, coldStartWaitMs: 2_000, reclaim: 'manual' as const };
  return startCluster(pair, settings);
}

/** That server serves, without that seat, and of the two units of the licence one can be had. */
function expectOneKept(cluster: Cluster, server = 'A'): void {
  const member = memberOf(cluster, server);
  expect(cluster.runUntil(() => member.isActive, 3_000)).toBe(true);
  expect(member.state?.ledger.leases.has(seat)).toBe(false);
  expect(checkOut(cluster, 'lease-2', server)?.type).toBe('leaseGranted');
  expect(checkOut(cluster, 'lease-3', server)?.type).toBe('refused');
  expect(cluster.violations).toEqual([]);
}

describe('a seat that another server let expire while its holder relies on it', () => {
  it('takes its units still when the takeover failed at first, since the disk did', () => {
    const cluster = start();
    const a = memberOf(cluster, 'A');
    expireAtOther(cluster);
    a.diskFails = true;
    crash(cluster, 'B', null);
    expect(cluster.runUntil(() => a.state?.storeFailed === true, 3_000)).toBe(true);
    a.mendDisk();
    expectOneKept(cluster);
  });

  it('takes its units still in the next spell of the same server', () => {
    const cluster = start();
    const a = memberOf(cluster, 'A');
    expireAtOther(cluster);
    crash(cluster, 'B', null);
    expect(cluster.runUntil(() => a.isActive, 3_000)).toBe(true);
    const { number = 0 } = a.state?.term ?? {};
    const fence = { number: number + 1, member: 'B' };
    const renewed = answerOf(cluster, 'A', { type: 'renewalRequested', leaseId: 'lease-9', fence });
    expect(renewed?.type).toBe('notServing');
    expectOneKept(cluster);
  });

  it('takes its units still at the one that gets the place of the server which kept them', () => {
    const cluster = start();
    const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
    expireAtOther(cluster);
    crash(cluster, 'B', null);
    expect(cluster.runUntil(() => a.isActive, 3_000)).toBe(true);
    b.start();
    const areOne = () => a.state && synchronisedMembers(a.state).length === 2;
    expect(cluster.runUntil(() => areOne() === true, 3_000)).toBe(true);
    a.step({ type: 'switchoverRequested', to: 'B' });
    expectOneKept(cluster, 'B');
    expect(cluster.runUntil(() => b.state?.ledger.reserved.size === 0, 20_000)).toBe(true);
    expect(checkOut(cluster, 'lease-4', 'B')?.type).toBe('leaseGranted');
  });
});
