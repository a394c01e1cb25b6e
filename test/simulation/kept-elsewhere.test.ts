import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import { othersKeep } from './kept-elsewhere.ts';
import type { Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const three: Membership = { members: ['A', 'B', 'C'], witness: null, rule: 'majority' };
const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'majority' };
const watched: Membership = { ...pair, witness: 'W' };

function start(membership: Membership): Cluster {
  return startCluster(membership, { takeoverAfterMs: 1_000, reclaimAfterMs: 3_000 });
}

function order(cluster: Cluster, active: Member, membership: Membership, step = 1): void {
  const config = active.state?.ledger.config;
  if (!config) throw new Error(`${active.id} is stopped`);
  cluster.order(active, { ...config, membership, version: config.version + step });
}

describe('whether the simulation has a server lose its disk', () => {
  it.each([
    { out: 'a member', from: three, stays: 'B', goes: 'C' },
    { out: 'the witness', from: watched, stays: 'B', goes: 'W' },
  ])(
    'does not while the server has to vote for a change by which $out goes',
    ({ from, stays, goes }) => {
      const cluster = start(from);
      const may = () => [stays, goes].map((id) => othersKeep(cluster, memberOf(cluster, id)));
      expect(may()).toEqual([true, true]);
      order(cluster, memberOf(cluster, 'A'), pair);
      expect(may()).toEqual([false, true]);
    },
  );

  it('does again when the change was refused', () => {
    const cluster = start(three);
    const b = memberOf(cluster, 'B');
    order(cluster, memberOf(cluster, 'A'), pair, 0);
    expect(othersKeep(cluster, b)).toBe(false);
    cluster.runFor(100);
    expect(othersKeep(cluster, b)).toBe(true);
  });

  it('does where somebody comes, who does not count yet', () => {
    const cluster = start(watched);
    order(cluster, memberOf(cluster, 'A'), { ...three, witness: 'W' });
    expect(othersKeep(cluster, memberOf(cluster, 'B'))).toBe(true);
  });

  it('goes by no order to a server that was started anew since', () => {
    const cluster = start(three);
    const a = memberOf(cluster, 'A');
    order(cluster, a, pair);
    expect(cluster.ordersAt(a)).toHaveLength(1);
    a.crash();
    a.start();
    expect(cluster.ordersAt(a)).toEqual([]);
  });
});
