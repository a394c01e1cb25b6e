import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import { clockMarginMs } from '../../src-main/node/core/ledger/lease-life.ts';
import { ttlMs } from './client.ts';
import { answerOf, memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

describe('a seat that is renewed at one server while another one takes over as well', () => {
  it('lives for as long as its holder was told, when the two are one again', () => {
    const cluster = startCluster(pair, { takeoverAfterMs: 1_000, reclaim: 'manual' });
    const [a, b] = ['A', 'B'].map((id) => memberOf(cluster, id));
    if (!a || !b) throw new Error('there are two');
    const client = { instance: 'i', user: 'u', host: 'h' };
    const granted = answerOf(cluster, 'A', {
      type: 'checkoutRequested',
      leaseId: 'lease-1001',
      request: { feature: 'cad', units: 1, client },
    });
    if (granted?.type !== 'leaseGranted') throw new Error(`no seat: ${granted?.type}`);
    const leaseId = granted.terms.lease.id;
    cluster.runFor(1_000);
    cluster.network.weather.cut.add('A>B').add('B>A');
    expect(cluster.runUntil(() => b.isActive, 10_000)).toBe(true);
    const tookOverMs = cluster.agenda.nowMs;
    // B keeps the seat for a time-to-live and the margin. Its holder sees A alone.
    const heldAtBMs = ttlMs + clockMarginMs;
    let renewedMs = 0;
    while (cluster.agenda.nowMs < tookOverMs + heldAtBMs - 3_000) {
      cluster.runFor(1_000);
      renewedMs = cluster.agenda.nowMs;
      expect(answerOf(cluster, 'A', { type: 'renewalRequested', leaseId })?.type).toBe(
        'leaseRenewed',
      );
    }
    cluster.network.weather.cut.clear();
    const areOne = () => !a.isActive && b.state && synchronisedMembers(b.state).length === 2;
    expect(cluster.runUntil(() => areOne() === true, 2_500)).toBe(true);
    cluster.runFor(renewedMs + ttlMs - cluster.agenda.nowMs);
    expect(cluster.agenda.nowMs).toBeGreaterThan(tookOverMs + heldAtBMs + 1_000);
    expect(b.isActive).toBe(true);
    expect([...(b.state?.ledger.leases.keys() ?? [])]).toEqual([leaseId]);
    cluster.runFor(ttlMs + clockMarginMs);
    expect([...(b.state?.ledger.leases.keys() ?? [])]).toEqual([]);
    expect(cluster.violations).toEqual([]);
  });
});
