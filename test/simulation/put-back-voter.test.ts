import { describe, expect, it } from 'vitest';
import { isConfigCommitted } from '../../src-main/node/core/replica/membership.ts';
import { configOf } from '../../src-main/node/core/replica/replica-state.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
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

function start(settings: Partial<RelationshipSettings> = {}): Stage {
  const cluster = startCluster(
    { members: ['A', 'B', 'C'], witness: null, rule: 'majority' },
    { takeoverAfterMs: 1_000, reclaimAfterMs: 3_000, ...settings },
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

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'majority' };

/** The admin wants A and B alone, and A is asked for that step before anything else happens. */
function askForPair(cluster: Cluster, a: Member): void {
  const { state } = a;
  if (!state) throw new Error('A is stopped');
  cluster.admin.goal = pair;
  const isHeard = () => cluster.admin.isHeardBy(configOf(state)) && isConfigCommitted(state);
  expect(cluster.runUntil(isHeard, 1_000)).toBe(true);
  const version = configOf(state).version + 1;
  cluster.order(a, { ...configOf(state), membership: pair, version });
}

const learnersAt = ({ state }: Member) => state?.ledger.config.learners ?? [];

const membersAt = ({ state }: Member) => state?.ledger.config.membership.members.join('');

/** As far as the one that serves knows. */
function isSynchronised({ state }: Member, id: string): boolean {
  return typeof state?.peers.get(id)?.inSyncSinceMs === 'number';
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

  it('is counted in only when it knows that it was counted out, so that no change waits for itself', () => {
    const { cluster, a, b } = start({ takeoverAfterMs: 5_000, syncTimeoutMs: 5_000 });
    const { cut } = cluster.network.weather;
    putBack(cluster, b, b.copyDisk());
    cut.add('A>C');
    // B has confirmed that it does not count, which is not committed before C has it too.
    const isConfirmed = () => learnersAt(a).includes('B') && isSynchronised(a, 'B');
    expect(cluster.runUntil(isConfirmed, 4_000)).toBe(true);
    cut.clear();
    cut.add('A>B');
    takeSeat(cluster, 'A');
    askForPair(cluster, a);
    cluster.runFor(2_000);
    expect([membersAt(a), learnersAt(a)]).toEqual(['AB', ['B']]);
    expect([b.state?.incomplete, isSynchronised(a, 'B')]).toEqual([true, true]);
    cut.clear();
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000)).toBe(true);
    expect([learnersAt(a), b.state?.incomplete, leasesAt(b)]).toEqual([[], false, ['lease-1']]);
    expect(cluster.violations).toEqual([]);
  });

  it('waits for the word of its admin where another voter is taken out before anybody notices', () => {
    const { cluster, a, b, c } = start();
    askForPair(cluster, a);
    putBack(cluster, b, b.copyDisk());
    cluster.runFor(30_000);
    // Without B nobody decides, and what C remembers does not count for a change without C.
    expect([a, b, c].map(({ isActive }) => isActive)).toEqual([false, false, false]);
    expect([a, b, c].map(membersAt)).toEqual(['AB', 'AB', 'ABC']);
    expect(b.state?.incomplete).toBe(true);
    b.step({ type: 'lossAccepted' });
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000)).toBe(true);
    expect([a.isActive, c.store]).toEqual([true, null]);
    expect(cluster.violations).toEqual([]);
  });
});
