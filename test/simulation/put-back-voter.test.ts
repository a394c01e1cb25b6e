import { describe, expect, it } from 'vitest';
import type { Cluster } from './cluster.ts';
import { crash, restart } from './outages.ts';
import type { Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

interface Stage {
  cluster: Cluster;
  a: Member;
  b: Member;
  c: Member;
}

function start(): Stage {
  const cluster = startCluster(
    { members: ['A', 'B', 'C'], witness: null, rule: 'majority' },
    { takeoverAfterMs: 1_000, reclaimAfterMs: 3_000 },
  );
  const member = (id: string) => memberOf(cluster, id);
  return { cluster, a: member('A'), b: member('B'), c: member('C') };
}

function takeSeat(cluster: Cluster, server: string): void {
  let isTold = false;
  const client = { instance: 'i', user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  cluster.request(server, { type: 'checkoutRequested', leaseId: 'lease-1', request }, (answer) => {
    isTold = answer?.type === 'leaseGranted';
  });
  expect(cluster.runUntil(() => isTold, 500)).toBe(true);
}

/** Starts it with a copy of its disk, of which the others tell it. */
function putBack(cluster: Cluster, member: Member, copy: ReturnType<Member['copyDisk']>): void {
  crash(cluster, member.id, 'gone');
  cluster.replaceDisk(member, copy);
  restart(cluster, member.id);
  member.step({ type: 'putBackNoticed' });
}

/** As the member itself asks for. */
function expectCountedOut(cluster: Cluster, member: Member): void {
  const isLearner = () => member.state?.ledger.config.learners?.includes(member.id) === true;
  expect(cluster.runUntil(isLearner, 20_000)).toBe(true);
}

const leasesAt = ({ state }: Member) => [...(state?.ledger.leases.keys() ?? [])];

describe('a voter whose directory was put back from a copy', () => {
  it('elects nobody who lacks what it had acknowledged', () => {
    const { cluster, a, b, c } = start();
    const copy = b.copyDisk();
    c.suspend();
    takeSeat(cluster, 'A');
    crash(cluster, 'A', 'gone');
    putBack(cluster, b, copy);
    cluster.wake(c);
    cluster.runFor(20_000);
    expect([b.isActive, c.isActive]).toEqual([false, false]);

    restart(cluster, 'A');
    expect(cluster.runUntil(() => a.isActive, 20_000)).toBe(true);
    expectCountedOut(cluster, b);
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000)).toBe(true);
    expect([a, b, c].map(leasesAt)).toEqual([['lease-1'], ['lease-1'], ['lease-1']]);
    expect(b.state?.incomplete).toBe(false);
    // It votes again.
    crash(cluster, 'A', 'gone');
    expect(cluster.runUntil(() => b.isActive || c.isActive, 20_000)).toBe(true);
    expect(cluster.violations).toEqual([]);
  });

  it('helps an active that was replaced since by its vote to commit nothing', () => {
    const { cluster, a, b, c } = start();
    const copy = c.copyDisk();
    // A goes on in its term for a moment, since C answers it: by then B was elected by C.
    cluster.network.weather.cut.add('A>B').add('B>A').add('A>C').add('C>A');
    const { term } = a.state ?? {};
    b.step({ type: 'evidenceFound', peer: 'A', evidence: 'gone' });
    c.step({ type: 'evidenceFound', peer: 'A', evidence: 'gone' });
    expect(cluster.runUntil(() => b.isActive, 900)).toBe(true);
    cluster.runFor(100);
    takeSeat(cluster, 'B');
    cluster.network.weather.cut.clear();
    cluster.network.weather.cut.add('A>B').add('B>A').add('B>C').add('C>B');
    expect([a.isActive, a.state?.term]).toEqual([true, term]);
    putBack(cluster, c, copy);
    let answered: unknown;
    const client = { instance: 'j', user: 'u', host: 'h' };
    const request = { feature: 'cad', units: 2, client };
    cluster.request('A', { type: 'checkoutRequested', leaseId: 'lease-2', request }, (answer) => {
      answered = answer?.type;
    });
    cluster.runFor(5_000);
    expect(answered).not.toBe('leaseGranted');
    expect(a.isActive).toBe(false);
    cluster.network.weather.cut.clear();
    expect(cluster.runUntil(() => a.isActive || b.isActive, 20_000)).toBe(true);
    expectCountedOut(cluster, c);
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000)).toBe(true);
    expect([a, b, c].map(leasesAt)).toEqual([['lease-1'], ['lease-1'], ['lease-1']]);
    expect(cluster.violations).toEqual([]);
  });
});
