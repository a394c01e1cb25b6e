import { expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { logLimitsDefault, peerOf } from '../../src-main/node/core/replica/replica-state.ts';
import { Cluster } from './cluster.ts';
import { crash, restart } from './outages.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

it('a backup that was started a moment ago takes over at once when it has what clients were told of', () => {
  const cluster = new Cluster({
    seed: 1,
    membership: pair,
    settings: { heartbeatMs: 300, takeoverAfterMs: 3_000, coldStartWaitMs: 15_000 },
    wishes: [],
    units: 2,
    limits: logLimitsDefault,
    rowLifeMs: 3_600_000,
  });
  cluster.begin();
  cluster.runUntil(() => cluster.checks.convergence.isOne(), 5_000);
  const [a, b] = ['A', 'B'].map((id) => cluster.members.get(id));
  if (!a?.state || !b) throw new Error('no such member');
  cluster.runUntil(() => a.isActive, 30_000);
  expect(a.isActive).toBe(true);
  crash(cluster, 'B', 'gone');
  cluster.runFor(1_000);
  restart(cluster, 'B');
  const { state } = a;
  const isInSync = () => peerOf(state, 'B').inSyncSinceMs !== null;
  expect(cluster.runUntil(isInSync, 5_000)).toBe(true);
  // A client is told of a seat, and no heartbeat has said since that the backup has all.
  let isTold = false;
  const request = { feature: 'cad', units: 1, client: { instance: 'i', user: 'u', host: 'h' } };
  cluster.request('A', { type: 'checkoutRequested', leaseId: 'lease-1', request }, (answer) => {
    isTold = answer?.type === 'leaseGranted';
  });
  expect(cluster.runUntil(() => isTold, 200)).toBe(true);
  crash(cluster, 'A', 'gone');
  expect(cluster.runUntil(() => b.isActive, 3_000)).toBe(true);
  expect([...(b.state?.ledger.leases.keys() ?? [])]).toEqual(['lease-1']);
  expect(cluster.violations).toEqual([]);
});
