import { describe, expect, it } from 'vitest';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Answer } from './member.ts';
import { answerOf, memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

let leaseCount = 0;

function checkOut(cluster: Cluster, server: string, instance: string): Answer | null {
  const request = { feature: 'cad', units: 1, client: { instance, user: 'u', host: 'h' } };
  const leaseId = `lease-${++leaseCount}`;
  return answerOf(cluster, server, { type: 'checkoutRequested', leaseId, request });
}

function seatOf(answer: Answer | null): string {
  if (answer?.type !== 'leaseGranted') throw new Error(`no seat: ${answer?.type}`);
  return answer.terms.lease.id;
}

/** Parted from each other both serve: one seat too many is out, of which A granted the last. */
function grantOnBothSides() {
  const cluster = startCluster(pair, { takeoverAfterMs: 1_000, reclaim: 'manual' });
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  seatOf(checkOut(cluster, 'A', 'before'));
  cluster.runFor(1_000);
  cluster.network.weather.cut.add('A>B').add('B>A');
  expect(cluster.runUntil(() => b.isActive, 10_000)).toBe(true);
  seatOf(checkOut(cluster, 'B', 'at B'));
  const last = seatOf(checkOut(cluster, 'A', 'at A'));
  return { cluster, a, b, last };
}

describe('the last seat that a server granted before another one serves in its place', () => {
  it('was told to its holder, who gets it again although one too many is out, and it counts', () => {
    const { cluster, a, b, last } = grantOnBothSides();
    cluster.network.weather.cut.clear();
    const areOne = () => !a.isActive && b.state && synchronisedMembers(b.state).length === 2;
    expect(cluster.runUntil(() => areOne() === true, 2_500)).toBe(true);
    expect(b.state?.ledger.meta.overdraft?.units).toBe(1);
    expect(seatOf(checkOut(cluster, 'B', 'at A'))).toBe(last);
    expect(cluster.violations).toEqual([]);
  });

  it('was told to its holder, also when the disk failed as the server ceased to serve', () => {
    const { cluster, a, b, last } = grantOnBothSides();
    a.diskFails = true;
    cluster.network.weather.cut.clear();
    expect(cluster.runUntil(() => !a.isActive && a.state?.storeFailed === true, 2_500)).toBe(true);
    a.mendDisk();
    const areOne = () => b.state && synchronisedMembers(b.state).length === 2;
    expect(cluster.runUntil(() => areOne() === true, 2_500)).toBe(true);
    expect(seatOf(checkOut(cluster, 'B', 'at A'))).toBe(last);
    expect(cluster.violations).toEqual([]);
  });
});
