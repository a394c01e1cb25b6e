import { describe, expect, it } from 'vitest';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Answer } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

let leaseCount = 0;

function checkOut(cluster: Cluster, server: string, instance: string): Answer | null {
  let answered: Answer | null | undefined;
  const request = { feature: 'cad', units: 1, client: { instance, user: 'u', host: 'h' } };
  const leaseId = `lease-${++leaseCount}`;
  cluster.request(server, { type: 'checkoutRequested', leaseId, request }, (answer) => {
    answered = answer;
  });
  cluster.runUntil(() => answered !== undefined, 2_000);
  return answered ?? null;
}

function seatOf(answer: Answer | null): string {
  if (answer?.type !== 'leaseGranted') throw new Error(`no seat: ${answer?.type}`);
  return answer.terms.lease.id;
}

describe('the last seat that a server granted before another one serves in its place', () => {
  it('was told to its holder, who gets it again although one too many is out, and it counts', () => {
    const cluster = startCluster(pair, { takeoverAfterMs: 1_000, reclaim: 'manual' });
    const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
    seatOf(checkOut(cluster, 'A', 'before'));
    cluster.runFor(1_000);
    cluster.network.weather.cut.add('A>B').add('B>A');
    expect(cluster.runUntil(() => b.isActive, 10_000)).toBe(true);
    seatOf(checkOut(cluster, 'B', 'at B'));
    const last = seatOf(checkOut(cluster, 'A', 'at A'));
    cluster.network.weather.cut.clear();
    const areOne = () => !a.isActive && b.state && synchronisedMembers(b.state).length === 2;
    expect(cluster.runUntil(() => areOne() === true, 2_500)).toBe(true);
    expect(b.state?.ledger.meta.overdraft?.units).toBe(1);
    expect(seatOf(checkOut(cluster, 'B', 'at A'))).toBe(last);
    expect(cluster.violations).toEqual([]);
  });
});
