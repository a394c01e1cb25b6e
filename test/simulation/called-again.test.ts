import { describe, expect, it } from 'vitest';
import { spellNumberOf } from '../../src-main/node/core/rows/row.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import { ttlMs } from './client.ts';
import type { Cluster } from './cluster.ts';
import { crash, restart } from './outages.ts';
import type { Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
const alone: Membership = { members: ['A'], witness: null, rule: 'continuity' };

interface Stage {
  cluster: Cluster;
  a: Member;
  b: Member;
}

function start(): Stage {
  const cluster = startCluster(pair, { takeoverAfterMs: 2_000, reclaim: 'manual' });
  return { cluster, a: memberOf(cluster, 'A'), b: memberOf(cluster, 'B') };
}

function takeSeat(cluster: Cluster, server: string, leaseId: string): void {
  let isTold = false;
  const client = { instance: leaseId, user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  cluster.request(server, { type: 'checkoutRequested', leaseId, request }, (answer) => {
    isTold = answer?.type === 'leaseGranted';
  });
  expect(cluster.runUntil(() => isTold, 2_000)).toBe(true);
}

/** While the two cannot see each other, A takes B out, and B serves in its place, of which A hears nothing. */
function partAndTakeOut({ cluster, a, b }: Stage): void {
  cluster.network.weather.cut.add('A>B').add('B>A');
  cluster.admin.goal = alone;
  const isOut = () => a.store?.config.membership.members.length === 1;
  expect(cluster.runUntil(() => isOut() && b.isActive, 20_000)).toBe(true);
  expect(a.isActive).toBe(true);
}

/** B is told that it is no member, and A takes it in again. */
function callAgain({ cluster, a, b }: Stage): void {
  cluster.network.weather.cut.clear();
  expect(cluster.runUntil(() => b.store === null, 20_000)).toBe(true);
  cluster.admin.goal = pair;
  expect(cluster.runUntil(() => areOne({ cluster, a, b }), 40_000)).toBe(true);
}

/** One serves and has the other one in sync, and no history is missing. */
function areOne({ a, b }: Stage): boolean {
  const isServed = [a, b].some(
    ({ isActive, state }) => isActive && state && synchronisedMembers(state).length === 2,
  );
  return isServed && [a, b].every(({ store }) => store?.history.gaps.length === 0);
}

const endsAt = ({ store }: Member, leaseId: string) =>
  store?.history.usage.flatMap(({ spell, record }) =>
    record.kind === 'session' && record.leaseId === leaseId ? [spell] : [],
  );

describe('a server that was taken out while it served, and is called again', () => {
  it('has the end of a session that the ledger has, and gives it back when the other disk is lost', () => {
    const stage = start();
    const { cluster, a, b } = stage;
    takeSeat(cluster, 'A', 'lease-1');
    partAndTakeOut(stage);
    cluster.runFor(2 * ttlMs);
    const [[ofA], [ofB]] = [endsAt(a, 'lease-1') ?? [], endsAt(b, 'lease-1') ?? []];
    // Each of the two let the session run out.
    expect([ofA === undefined, ofB === undefined, ofA === ofB]).toEqual([false, false, false]);
    callAgain(stage);
    expect([endsAt(a, 'lease-1'), endsAt(b, 'lease-1')]).toEqual([[ofA], [ofA]]);

    crash(cluster, 'A', 'gone');
    cluster.replaceDisk(a, null);
    restart(cluster, 'A');
    expect(cluster.runUntil(() => areOne(stage), 40_000)).toBe(true);
    expect(endsAt(a, 'lease-1')).toEqual([ofA]);
    expect(cluster.violations).toEqual([]);
  });

  it('keeps what it recorded alone, and never leads in a spell of that name again', () => {
    const stage = start();
    const { cluster, b } = stage;
    partAndTakeOut(stage);
    takeSeat(cluster, 'B', 'lease-2');
    cluster.runFor(2 * ttlMs);
    const [ofB = ''] = endsAt(b, 'lease-2') ?? [];
    callAgain(stage);
    crash(cluster, 'A', 'gone');
    expect(cluster.runUntil(() => b.isActive, 20_000)).toBe(true);
    takeSeat(cluster, 'B', 'lease-3');
    cluster.runFor(2 * ttlMs);
    // B knew of one spell each time, so that its own had the same number.
    const [later = ''] = endsAt(b, 'lease-3') ?? [];
    expect(spellNumberOf(later)).toBe(spellNumberOf(ofB));
    expect(later).not.toBe(ofB);
    expect(endsAt(b, 'lease-2')).toEqual([ofB]);
    expect(cluster.violations).toEqual([]);
  });
});
