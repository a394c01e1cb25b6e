import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import { crash } from './outages.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
const hoursOffMs = 2 * 3_600_000;

/** Of both servers B has served last, alone, and has a lease that A knows nothing of. */
function startServedByB(): Cluster {
  const settings = { takeoverAfterMs: 1_000, coldStartWaitMs: 4_000, reclaimAfterMs: 500 };
  const cluster = startCluster(pair, settings);
  crash(cluster, 'A', 'gone');
  expect(serving(cluster, 'B')).toBe(true);
  const client = { instance: 'i-1', user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  let granted = '';
  cluster.request('B', { type: 'checkoutRequested', leaseId: 'lease-1', request }, (answer) => {
    granted = answer?.type ?? '';
  });
  expect(cluster.runUntil(() => granted === 'leaseGranted', 5_000)).toBe(true);
  memberOf(cluster, 'A').wallOffsetMs = hoursOffMs;
  return cluster;
}

/** That server alone serves, and goes on to. */
function serving(cluster: Cluster, id: 'A' | 'B'): boolean {
  const [own, other] = [memberOf(cluster, id), memberOf(cluster, id === 'A' ? 'B' : 'A')];
  const serves = () => own.isActive && !other.isActive;
  return cluster.runUntil(serves, 10_000) && !cluster.runUntil(() => !serves(), 10_000);
}

function knowsLease(cluster: Cluster, id: string): boolean {
  return memberOf(cluster, id).state?.ledger.leases.has('lease-1') === true;
}

describe('a main server that returns with its clock two hours off', () => {
  it('does not serve beside the backup, nor take its place', () => {
    const cluster = startServedByB();
    memberOf(cluster, 'A').start();
    expect(serving(cluster, 'B')).toBe(true);
    expect(knowsLease(cluster, 'A')).toBe(false);
    expect(cluster.violations).toEqual([]);
  });

  it('serves again when the clock is right, with what was granted meanwhile', () => {
    const cluster = startServedByB();
    memberOf(cluster, 'A').start();
    cluster.runFor(5_000);
    memberOf(cluster, 'A').wallOffsetMs = 0;
    expect(serving(cluster, 'A')).toBe(true);
    expect(knowsLease(cluster, 'A')).toBe(true);
    expect(cluster.violations).toEqual([]);
  });

  it('takes over when the backup is gone for real', () => {
    const cluster = startServedByB();
    memberOf(cluster, 'A').start();
    cluster.runFor(5_000);
    crash(cluster, 'B', 'gone');
    expect(serving(cluster, 'A')).toBe(true);
  });

  it('lets the backup go first when both were down and that one served last', () => {
    const cluster = startServedByB();
    crash(cluster, 'B', null);
    memberOf(cluster, 'A').start();
    memberOf(cluster, 'B').start();
    expect(serving(cluster, 'B')).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});

describe('two servers that had everything, both down, and clocks two hours apart since', () => {
  it.each(['A', 'B'])('come to be served by the preferred one, with %s off', (off) => {
    const settings = { takeoverAfterMs: 1_000, coldStartWaitMs: 4_000, reclaimAfterMs: 500 };
    const cluster = startCluster(pair, settings);
    for (const id of pair.members) crash(cluster, id, null);
    memberOf(cluster, off).wallOffsetMs = hoursOffMs;
    for (const id of pair.members) memberOf(cluster, id).start();
    expect(serving(cluster, 'A')).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});

describe('a server that serves, and whose clock jumps by two hours', () => {
  it.each([hoursOffMs, -hoursOffMs])('goes on, and the other one beside it does not: %i', (off) => {
    const settings = { takeoverAfterMs: 1_000, coldStartWaitMs: 4_000, reclaimAfterMs: 500 };
    const cluster = startCluster(pair, settings);
    memberOf(cluster, 'A').wallOffsetMs = off;
    // It stood still, as far as it can tell, and begins a spell of its own.
    const isAnew = () =>
      memberOf(cluster, 'A').isActive && memberOf(cluster, 'A').state?.term.number === 2;
    expect(cluster.runUntil(isAnew, 5_000)).toBe(true);
    expect(serving(cluster, 'A')).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});

describe('where a majority decides', () => {
  it('a server whose clock jumps gives way to those whose clocks agree, which say nothing to it', () => {
    const members = ['A', 'B', 'C'];
    const cluster = startCluster(
      { members, witness: null, rule: 'majority' },
      { takeoverAfterMs: 1_000 },
    );
    memberOf(cluster, 'A').wallOffsetMs = hoursOffMs;
    const moved = () => !memberOf(cluster, 'A').isActive && memberOf(cluster, 'B').isActive;
    expect(cluster.runUntil(moved, 10_000)).toBe(true);
    memberOf(cluster, 'A').wallOffsetMs = 0;
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 20_000)).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});
