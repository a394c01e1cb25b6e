import { expect, it, vi } from 'vitest';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import { logLimitsDefault } from '../../src-main/node/core/replica/replica-state.ts';
import { relationshipSettingsDefault } from '../../src-shared/model/relationship.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { Cluster } from './cluster.ts';
import { crash, restart } from './outages.ts';
import { startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

/** A write comes this often, and takes longer than that on its way. */
const writeEveryMs = 5;
const delayMsMax = 30;

/** Clients without end at A; returns how many leases they were granted. */
function startLoad(cluster: Cluster): () => number {
  let granted = 0;
  let count = 0;
  const ask = () => {
    const leaseId = `lease-${++count}`;
    const client = { instance: leaseId, user: 'u', host: 'h' };
    const request = { feature: 'cad', units: 1, client };
    cluster.request('A', { type: 'checkoutRequested', leaseId, request }, (answer) => {
      if (answer?.type !== 'leaseGranted') return;
      granted++;
      cluster.request('A', { type: 'returnRequested', leaseId }, () => undefined);
    });
    cluster.agenda.after(writeEveryMs, ask);
  };
  ask();
  return () => granted;
}

it('a member comes to be synchronised under a load that never pauses', () => {
  const cluster = new Cluster({
    seed: 1,
    membership: pair,
    settings: { takeoverAfterMs: 3_000, syncTimeoutMs: 1_000, reclaim: 'manual' },
    wishes: [],
    units: 1_000,
    limits: logLimitsDefault,
  });
  cluster.begin();
  expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 5_000)).toBe(true);
  // As on one connection: late, and in order.
  cluster.network.weather.delayMsMax = delayMsMax;
  vi.spyOn(cluster.random, 'int').mockImplementation((_, max) => max);
  const granted = startLoad(cluster);
  crash(cluster, 'B', 'gone');
  cluster.runFor(300);
  restart(cluster, 'B');
  const { state } = cluster.members.get('A') ?? {};
  if (!state) throw new Error('A is stopped');
  const isInSync = () => synchronisedMembers(state).includes('B');
  expect(cluster.runUntil(isInSync, 3_000)).toBe(true);
  // It stays so, and what clients ask for goes on.
  const before = granted();
  cluster.runFor(1_000);
  expect([isInSync(), granted() - before > 50]).toEqual([true, true]);
  expect(cluster.violations).toEqual([]);
});

it('what a member never acknowledges is sent again every second heartbeat, and no more often', () => {
  const cluster = startCluster(pair, { syncTimeoutMs: 1_000 });
  const { heartbeatMs } = relationshipSettingsDefault;
  const sent = new Map<number, number>();
  const send = cluster.network.send.bind(cluster.network);
  vi.spyOn(cluster.network, 'send').mockImplementation((from, to, message) => {
    if (message.type === 'rowsAck') return;
    if (message.type === 'heartbeatAck') {
      const { rows: _, ...rest } = message;
      send(from, to, rest);
      return;
    }
    if (message.type === 'rows') sent.set(message.number, (sent.get(message.number) ?? 0) + 1);
    send(from, to, message);
  });
  startLoad(cluster);
  const turns = 10;
  cluster.runFor(turns * 2 * heartbeatMs);
  expect(sent.size).toBeGreaterThan(100);
  expect(Math.max(...sent.values())).toBeGreaterThan(1);
  expect(Math.max(...sent.values())).toBeLessThanOrEqual(turns + 1);
});
