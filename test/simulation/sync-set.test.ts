import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { crash } from './outages.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const members = ['A', 'B', 'C', 'D', 'E'];
const five: Membership = { members, witness: null, rule: 'continuity' };

/** A serves, B and C are synchronised with it, and the others follow. */
function start(): { cluster: Cluster; a: Member } {
  const cluster = startCluster(five, {
    takeoverAfterMs: 3_000,
    syncTimeoutMs: 1_000,
    reclaim: 'manual',
  });
  const a = memberOf(cluster, 'A');
  expect(syncSetOf(a)).toEqual(['A', 'B', 'C']);
  return { cluster, a };
}

const syncSetOf = ({ state }: Member) => [...(state?.syncSet ?? [])];

function cutOff({ network }: Cluster, id: string): void {
  for (const other of members) network.weather.cut.add(`${id}>${other}`).add(`${other}>${id}`);
}

/** A client is told of a seat, which only those have by now that can be reached. */
function takeSeat(cluster: Cluster): void {
  let isTold = false;
  const client = { instance: 'i', user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  cluster.request('A', { type: 'checkoutRequested', leaseId: 'lease-1', request }, (answer) => {
    isTold = answer?.type === 'leaseGranted';
  });
  expect(cluster.runUntil(() => isTold, 200)).toBe(true);
}

function placeAt(cluster: Cluster, active: Member, placed: string): void {
  const { config } = active.state?.ledger ?? {};
  if (!config) throw new Error('the server is stopped');
  cluster.admin.placed = placed;
  cluster.order(active, { ...config, version: config.version + 1, placed });
  cluster.runFor(100);
  expect(active.state?.ledger.config.placed).toBe(placed);
}

describe('a member that follows and is silent since a moment ago', () => {
  it('is not counted as synchronised for being preferred, until it has all that clients were told', () => {
    const { cluster, a } = start();
    cutOff(cluster, 'E');
    takeSeat(cluster);
    placeAt(cluster, a, 'E');
    expect(syncSetOf(a)).toEqual(['A', 'B', 'C']);
    cluster.network.weather.cut.clear();
    cluster.runFor(2_000);
    expect(syncSetOf(a)).toEqual(['A', 'E', 'B']);
    expect(cluster.violations).toEqual([]);
  });

  it('does not come in the place of one that is gone', () => {
    const { cluster, a } = start();
    cutOff(cluster, 'D');
    takeSeat(cluster);
    crash(cluster, 'C', 'gone');
    cluster.runFor(500);
    expect(syncSetOf(a)).toEqual(['A', 'B', 'E']);
    cluster.network.weather.cut.clear();
    cluster.runFor(2_000);
    expect(syncSetOf(a)).toEqual(['A', 'B', 'D']);
    expect(cluster.violations).toEqual([]);
  });
});

describe('a member that follows behind two synchronised ones', () => {
  it('is waited for by nobody, however busy the active is', () => {
    const { cluster, a } = start();
    const { state } = a;
    const e = state?.peers.get('E');
    if (!state || !e) throw new Error('the server is stopped');
    memberOf(cluster, 'E').diskSlowness = 40;
    let lagged = 0;
    for (let i = 0; i < 200; i++) {
      const client = { instance: `i${i}`, user: 'u', host: 'h' };
      const request = { feature: 'cad', units: 1, client };
      const leaseId = `lease-${i}`;
      cluster.request('A', { type: 'checkoutRequested', leaseId, request }, () => undefined);
      cluster.runFor(5);
      if (e.matchIndex < state.commitIndex) lagged++;
      expect(e.isAwaited).toBe(false);
    }
    expect(lagged).toBeGreaterThan(50);
    expect(syncSetOf(a)).toEqual(['A', 'B', 'C']);
    cluster.runFor(2_000);
    expect([e.inSyncSinceMs !== null, e.matchIndex]).toEqual([true, state.commitIndex]);
    expect(cluster.violations).toEqual([]);
  });
});
