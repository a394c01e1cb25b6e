import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import { crash, restart } from './outages.ts';
import type { Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pairWithWitness: Membership = { members: ['A', 'B'], witness: 'W', rule: 'majority' };

function start(membership: Membership): Cluster {
  const cluster = startCluster(membership, { takeoverAfterMs: 1_000, reclaimAfterMs: 3_000 });
  return cluster;
}

const learnersAt = ({ state }: Member) => state?.ledger.config.learners ?? [];

describe('a server under majority whose disk was wiped', () => {
  it('does not count until it has everything again, the primary neither', () => {
    const cluster = start(pairWithWitness);
    const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
    crash(cluster, 'A', 'gone');
    cluster.replaceDisk(a, null);
    expect(cluster.runUntil(() => b.isActive, 10_000)).toBe(true);
    cluster.runFor(2_000);
    restart(cluster, 'A');
    // It is a learner before it hears anything of the ledger.
    expect(cluster.runUntil(() => a.store !== null, 5_000)).toBe(true);
    expect(learnersAt(b)).toEqual(['A']);
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 20_000)).toBe(true);
    expect([learnersAt(a), a.isActive]).toEqual([[], true]);
    expect(cluster.coverage['learner counted in']).toBeGreaterThan(0);
    expect(cluster.violations).toEqual([]);
  });

  it('elects nobody who lacks what it had acknowledged', () => {
    const cluster = start({ members: ['A', 'B', 'C'], witness: null, rule: 'majority' });
    const [a, b, c] = ['A', 'B', 'C'].map((id) => memberOf(cluster, id));
    if (!a || !b || !c) throw new Error('no such member');
    // C misses a seat that A and B have; then B loses its disk, and A fails.
    c.suspend();
    let isTold = false;
    const client = { instance: 'i', user: 'u', host: 'h' };
    const request = { feature: 'cad', units: 1, client };
    cluster.request('A', { type: 'checkoutRequested', leaseId: 'lease-1', request }, (answer) => {
      isTold = answer?.type === 'leaseGranted';
    });
    expect(cluster.runUntil(() => isTold, 500)).toBe(true);
    crash(cluster, 'B', 'gone');
    crash(cluster, 'A', 'gone');
    cluster.replaceDisk(b, null);
    cluster.wake(c);
    restart(cluster, 'B');
    cluster.runFor(20_000);
    expect([b.isActive, c.isActive]).toEqual([false, false]);
    restart(cluster, 'A');
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000)).toBe(true);
    expect([...(cluster.active?.state?.ledger.leases.keys() ?? [])]).toEqual(['lease-1']);
    expect(cluster.violations).toEqual([]);
  });
});

describe('a member that is counted no longer', () => {
  it('has to confirm everything anew before anything counts that it has', () => {
    const cluster = start(pairWithWitness);
    const a = memberOf(cluster, 'A');
    const peer = () => a.state?.peers.get('B');
    const { config } = a.state?.ledger ?? {};
    if (!config || !peer()?.matchIndex) throw new Error('B is not synchronised');
    cluster.order(a, { ...config, learners: ['B'], version: config.version + 1 });
    expect(cluster.runUntil(() => learnersAt(a).includes('B'), 2_000)).toBe(true);
    expect([peer()?.matchIndex, peer()?.inSyncSinceMs]).toEqual([0, null]);
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 20_000)).toBe(true);
    expect([learnersAt(a), cluster.violations]).toEqual([[], []]);
  });
});

describe('a witness that is called again', () => {
  it('waits for the change that it was called for, whatever the active says before it', () => {
    const cluster = start(pairWithWitness);
    const [a, witness] = [memberOf(cluster, 'A'), memberOf(cluster, 'W')];
    const alone = { ...pairWithWitness, witness: null };
    cluster.admin.goal = alone;
    expect(cluster.runUntil(() => witness.store === null, 5_000)).toBe(true);
    const { ledger, term } = a.state ?? {};
    if (!ledger || !term) throw new Error('A has no ledger');
    const { config } = ledger;
    const again = { ...config, membership: pairWithWitness, version: config.version + 1 };
    witness.invite(structuredClone(again), term);
    // It asks who serves, and hears that as far as is known it does not take part.
    cluster.runFor(5_000);
    expect(witness.store).not.toBeNull();
    cluster.order(a, again);
    cluster.admin.goal = pairWithWitness;
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 10_000)).toBe(true);
    expect(a.state?.ledger.config.membership).toEqual(pairWithWitness);
    expect(cluster.violations).toEqual([]);
  });
});

describe('a change of members under majority', () => {
  it('is refused when too few of those that would be left answer', () => {
    const cluster = start({ members: ['A', 'B', 'C'], witness: null, rule: 'majority' });
    crash(cluster, 'B', 'gone');
    cluster.runFor(2_000);
    const { config } = cluster.active?.state?.ledger ?? {};
    if (!config) throw new Error('nobody serves');
    const without = (id: string) => {
      const members = config.membership.members.filter((one) => one !== id);
      const membership = { ...config.membership, members };
      return { ...config, membership, version: config.version + 1 };
    };
    const ask = (id: string) => {
      let answered: unknown;
      const request = { message: 'm', kind: 'relationshipChanged' } as const;
      cluster.request(
        'A',
        { type: 'configRequested', config: without(id), ...request },
        (answer) => (answered = answer),
      );
      cluster.runUntil(() => answered !== undefined, 2_000);
      return answered;
    };
    expect(ask('C')).toMatchObject({ type: 'adminRefused', code: 'RELATIONSHIP_BUSY' });
    expect(ask('B')).toMatchObject({ type: 'configChanged' });
  });
});
