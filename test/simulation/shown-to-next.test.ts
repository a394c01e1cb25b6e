import { describe, expect, it } from 'vitest';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Answer, Member } from './member.ts';
import { crash, restart } from './outages.ts';
import { answerOf, memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

/** The last seat that A granted, before it was killed with the word that its holder was told. */
const seat = 'lease-1';

/** The instance has the name of its lease. */
function checkOut(cluster: Cluster, server: string, leaseId: string): Answer | null {
  const client = { instance: leaseId, user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  return answerOf(cluster, server, { type: 'checkoutRequested', leaseId, request });
}

function areOne({ state, isActive }: Member): boolean {
  return isActive && state !== null && synchronisedMembers(state).length === 2;
}

/** B serves since A was killed, and has heard of the holder of the last seat. */
function showAtOther() {
  const settings = { takeoverAfterMs: 1_000, coldStartWaitMs: 1_000, reclaim: 'manual' as const };
  const cluster = startCluster(pair, settings);
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  expect(checkOut(cluster, 'A', seat)?.type).toBe('leaseGranted');
  crash(cluster, 'A', 'gone');
  expect(cluster.runUntil(() => b.isActive, 5_000)).toBe(true);
  expect(answerOf(cluster, 'B', { type: 'renewalRequested', leaseId: seat })?.type).toBe(
    'leaseRenewed',
  );
  return { cluster, a, b };
}

/** Parted from B, A serves as well: each grants the other unit of the licence, so that one too many is out. */
function grantOnBothSides(cluster: Cluster, a: Member): void {
  cluster.network.weather.cut.add('A>B').add('B>A');
  restart(cluster, 'A');
  expect(cluster.runUntil(() => a.isActive, 10_000)).toBe(true);
  expect(checkOut(cluster, 'A', 'lease-2')?.type).toBe('leaseGranted');
  expect(checkOut(cluster, 'B', 'lease-3')?.type).toBe('leaseGranted');
  cluster.network.weather.cut.clear();
}

function expectSeatAt(cluster: Cluster, { id, state }: Member): void {
  expect(state?.ledger.meta.overdraft?.units).toBe(1);
  expect(checkOut(cluster, id, seat)).toMatchObject({ terms: { lease: { id: seat } } });
  expect(cluster.violations).toEqual([]);
}

describe('a seat whose holder is known to have been told of it since it showed the seat', () => {
  it('is given again by the server that takes the place over, although one too many is out', () => {
    const { cluster, a, b } = showAtOther();
    grantOnBothSides(cluster, a);
    expect(cluster.runUntil(() => areOne(a) || areOne(b), 5_000)).toBe(true);
    const [server, next] = a.isActive ? [a, b] : [b, a];
    server.step({ type: 'switchoverRequested', to: next.id });
    expect(cluster.runUntil(() => areOne(next), 5_000)).toBe(true);
    expectSeatAt(cluster, next);
  });

  it('is given again when the server that it was shown to was killed later', () => {
    const { cluster, a, b } = showAtOther();
    grantOnBothSides(cluster, a);
    expect(cluster.runUntil(() => areOne(a) || areOne(b), 5_000)).toBe(true);
    const [server, next] = a.isActive ? [a, b] : [b, a];
    crash(cluster, server.id, 'gone');
    expect(cluster.runUntil(() => next.isActive, 5_000)).toBe(true);
    expectSeatAt(cluster, next);
  });
});
