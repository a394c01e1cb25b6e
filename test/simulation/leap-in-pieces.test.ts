import { expect, it } from 'vitest';
import { clockConfirmAfterMs } from '../../src-main/node/core/ledger/ledger-time.ts';
import type { ReplicaEvent } from '../../src-main/node/core/replica/replica-event.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { hourMs } from '../../src-shared/model/time-units.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { crash, restart } from './outages.ts';
import { answerOf, memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

/** The clocks of all servers, and by an admin's order the ledger's time, are ahead by more than a row counts. */
function leap(cluster: Cluster, areOne: () => boolean): void {
  for (const member of cluster.members.values()) member.wallOffsetMs += 30 * hourMs;
  cluster.runFor(1_000);
  expect(cluster.runUntil(areOne, 10_000)).toBe(true);
  cluster.checks.excuses.timeWasSet = true;
}

function seat(leaseId: string) {
  const client = { instance: `of ${leaseId}`, user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  return { type: 'checkoutRequested', leaseId, request } as const;
}

it('a takeover that has heard of a set time, and not of the write that set it, ends no seat', () => {
  const cluster = startCluster(pair, { takeoverAfterMs: 1_000 });
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  const areOne = () => a.isActive && cluster.checks.convergence.isOne();
  expect(answerOf(cluster, 'A', seat('lease-1'))).toMatchObject({ type: 'leaseGranted' });
  leap(cluster, areOne);
  const written = () => a.state?.ledger.spell?.write ?? 0;
  const before = written();
  cluster.network.weather.cut.add('A>B');
  let isSet = false;
  cluster.request('A', { type: 'clockAccepted' }, () => (isSet = true));
  expect(cluster.runUntil(() => a.state?.ledger.meta.timesSet === 1, 100)).toBe(true);
  // It comes on the disk of A, and what is sent then is lost.
  cluster.runFor(20);
  expect(written()).toBe(before + 1);
  cluster.network.weather.cut.clear();
  cluster.request('A', seat('lease-2'), () => undefined);
  // The write after it has come, and the one that set the time has not come again.
  expect(cluster.runUntil(() => b.state?.heard?.number === before + 2, 100)).toBe(true);
  expect([isSet, b.state?.matchedIndex]).toEqual([false, before]);
  crash(cluster, 'A', 'gone');
  expect(cluster.runUntil(() => b.isActive, 5_000)).toBe(true);
  expect([...(b.state?.ledger.leases.keys() ?? [])]).toContain('lease-1');
  restart(cluster, 'A');
  expect(cluster.runUntil(areOne, 20_000)).toBe(true);
  expect(cluster.violations).toEqual([]);
});

it('a write that comes again after its rows are over brings nothing back', () => {
  const cluster = startCluster(pair, { takeoverAfterMs: 1_000 });
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  const areOne = () => a.isActive && cluster.checks.convergence.isOne();
  leap(cluster, areOne);
  const writes: ReplicaEvent[] = [];
  const step = b.step.bind(b);
  b.step = (event) => {
    if (event.type === 'messageReceived' && event.message.type === 'rows') writes.push(event);
    step(event);
  };
  expect(answerOf(cluster, 'A', seat('lease-1'))).toMatchObject({ type: 'leaseGranted' });
  const granted = writes.at(-1);
  expect(JSON.stringify(granted)).toContain('lease-1');
  cluster.checks.seats.ended.add('lease-1');
  const given = answerOf(cluster, 'A', { type: 'returnRequested', leaseId: 'lease-1' });
  expect(given).toMatchObject({ type: 'leaseEnded' });
  // Servers come to believe such clocks by themselves; by an order ends would be written anew.
  const isBelieved = () => a.state?.ledger.time.doubt === null;
  expect(cluster.runUntil(isBelieved, 2 * clockConfirmAfterMs)).toBe(true);
  cluster.runFor(1_000);
  expect(answerOf(cluster, 'A', seat('lease-2'))).toMatchObject({ type: 'leaseGranted' });
  cluster.runFor(1_000);
  const rowHere = () => b.state?.ledger.rows?.lease.get('lease-1');
  expect(rowHere()).toBeUndefined();
  if (granted) step(granted);
  expect(rowHere()).toBeUndefined();
  expect(cluster.violations).toEqual([]);
});

it('an end stays of a lease that was written anew elsewhere by a set time, of which its writer had not heard', () => {
  const three: Membership = { members: ['A', 'B', 'C'], witness: null, rule: 'continuity' };
  const cluster = startCluster(three, { takeoverAfterMs: 1_000 });
  const [a, b, c] = [memberOf(cluster, 'A'), memberOf(cluster, 'B'), memberOf(cluster, 'C')];
  const seatsAt = (member: Member) => [...(member.state?.ledger.leases.keys() ?? [])];
  const areOne = () => a.isActive && cluster.checks.convergence.isOne();
  expect(answerOf(cluster, 'A', seat('lease-1'))).toMatchObject({ type: 'leaseGranted' });
  leap(cluster, areOne);
  const { cut } = cluster.network.weather;
  for (const id of ['A', 'C']) cut.add(`B>${id}`).add(`${id}>B`);
  expect(answerOf(cluster, 'A', { type: 'clockAccepted' })).toMatchObject({ type: 'clockTaken' });
  expect(cluster.runUntil(() => b.isActive, 5_000)).toBe(true);
  cluster.checks.seats.ended.add('lease-1');
  const given = answerOf(cluster, 'B', { type: 'returnRequested', leaseId: 'lease-1' });
  expect(given).toMatchObject({ type: 'leaseEnded' });
  // By its later term the one that has set the time goes on to serve.
  for (const [from, to] of [
    [a, c],
    [c, a],
  ] as const) {
    from.step({ type: 'switchoverRequested', to: to.id });
    expect(cluster.runUntil(() => to.isActive, 5_000)).toBe(true);
  }
  expect(a.state?.term.number).toBeGreaterThan(b.state?.term.number ?? Infinity);
  expect(seatsAt(a)).toEqual(['lease-1']);
  cut.clear();
  expect(cluster.runUntil(areOne, 5_000)).toBe(true);
  expect(seatsAt(a)).toEqual([]);
  expect(cluster.violations).toEqual([]);
});

it('an end stays where an admin sets the time on, and a server is put back to the time before it', () => {
  const cluster = startCluster(pair, { takeoverAfterMs: 1_000 });
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  const areOne = () => a.isActive && cluster.checks.convergence.isOne();
  expect(answerOf(cluster, 'A', seat('lease-1'))).toMatchObject({ type: 'leaseGranted' });
  cluster.runFor(1_000);
  const copy = a.copyDisk();
  expect(copy?.rows.has('lease lease-1')).toBe(true);
  cluster.checks.seats.ended.add('lease-1');
  const given = answerOf(cluster, 'A', { type: 'returnRequested', leaseId: 'lease-1' });
  expect(given).toMatchObject({ type: 'leaseEnded' });
  leap(cluster, areOne);
  expect(answerOf(cluster, 'A', { type: 'clockAccepted' })).toMatchObject({ type: 'clockTaken' });
  // What is over by the set time is dropped meanwhile.
  cluster.runFor(3_000);
  crash(cluster, 'A', 'gone');
  cluster.replaceDisk(a, copy, true);
  restart(cluster, 'A');
  expect(cluster.runUntil(() => b.isActive, 20_000)).toBe(true);
  expect(cluster.runUntil(areOne, 20_000)).toBe(true);
  expect([...(a.state?.ledger.leases.keys() ?? [])]).toEqual([]);
  expect(cluster.checks.excuses.leases).toEqual(new Set());
  expect(cluster.violations).toEqual([]);
});
