import { describe, expect, it } from 'vitest';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import { type Token, tokenOf, ttlMs } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { crash, restart } from './outages.ts';
import { answerOf, memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

let leaseCount = 0;

function checkOut(cluster: Cluster, server: string, instance: string): Token {
  const request = { feature: 'cad', units: 1, client: { instance, user: 'u', host: 'h' } };
  const leaseId = `lease-${++leaseCount}`;
  const answer = answerOf(cluster, server, { type: 'checkoutRequested', leaseId, request });
  if (answer?.type !== 'leaseGranted') throw new Error(`no seat: ${answer?.type}`);
  return tokenOf(answer.terms, server);
}

function renew(cluster: Cluster, server: string, { proof }: Token): Lease {
  const leaseId = proof.lease.id;
  const answer = answerOf(cluster, server, { type: 'renewalRequested', leaseId, proof });
  if (answer?.type !== 'leaseRenewed') throw new Error(`not renewed: ${answer?.type}`);
  return answer.terms.lease;
}

const overdraftAt = ({ state }: Member) => state?.ledger.meta.overdraft;

/** What the timeline of a server says of overdrafts. */
function saidAt({ store }: Member): string[] {
  const events = store?.history.timeline.map(({ event }) => event) ?? [];
  return events.filter(({ kind }) => kind.startsWith('overdraft')).map(({ message }) => message);
}

const fromToken: unknown = expect.stringMatching('of which SRV-A told it');

const areOne = ({ state }: Member) => state !== null && synchronisedMembers(state).length === 2;

/** A grants a seat alone, and its disk is lost. B has granted both units since, and A has all of that. */
function loseSeat() {
  const settings = { takeoverAfterMs: 1_000, reclaim: 'manual', coldStartWaitMs: 1_000 } as const;
  const cluster = startCluster(pair, settings);
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  cluster.network.weather.cut.add('A>B').add('B>A');
  const lost = checkOut(cluster, 'A', 'lost');
  crash(cluster, 'A', null);
  cluster.replaceDisk(a, null);
  expect(cluster.runUntil(() => b.isActive, 5_000)).toBe(true);
  cluster.network.weather.cut.clear();
  restart(cluster, 'A');
  expect(cluster.runUntil(() => areOne(b), 5_000)).toBe(true);
  const others = ['one', 'two'].map((instance) => checkOut(cluster, 'B', instance));
  return { cluster, a, b, lost, others };
}

/**
 * Its holder shows the token of that seat at B, which is the last write before A takes over: B has written
 * nothing by which that was told.
 */
function overdrawAtB() {
  const story = loseSeat();
  renew(story.cluster, 'B', story.lost);
  const recorded = overdraftAt(story.b);
  expect(recorded?.units).toBe(1);
  return { ...story, recorded };
}

/** The same, while A takes over beside B and hears nothing of it. */
function overdrawUnheard() {
  const story = loseSeat();
  const { cluster, a, b, lost } = story;
  cluster.runFor(1_000);
  cluster.network.weather.cut.add('A>B').add('B>A');
  expect(cluster.runUntil(() => a.isActive, 5_000)).toBe(true);
  renew(cluster, 'B', lost);
  expect(b.isActive).toBe(true);
  const recorded = overdraftAt(b);
  expect([recorded?.units, overdraftAt(a)]).toEqual([1, null]);
  return { ...story, recorded };
}

describe('an overdraft', () => {
  it('goes on when one takes over that cannot know which seats clients were told of', () => {
    const { cluster, a, lost, others, recorded } = overdrawAtB();
    crash(cluster, 'B', null);
    expect(cluster.runUntil(() => a.isActive, 5_000)).toBe(true);
    cluster.runFor(1_000);
    expect(overdraftAt(a)).toEqual(recorded);
    for (const token of [...others, lost]) renew(cluster, 'A', token);
    cluster.runFor(500);
    expect(overdraftAt(a)).toEqual(recorded);
    expect(saidAt(a)).toEqual([fromToken]);
    expect(cluster.violations).toEqual([]);
  });

  it('is worked off when no more live than the licence has, whether shown or not', () => {
    const { cluster, a } = overdrawAtB();
    crash(cluster, 'B', null);
    expect(cluster.runUntil(() => a.isActive, 5_000)).toBe(true);
    const isOver = () => overdraftAt(a) === null;
    expect(cluster.runUntil(isOver, 2 * ttlMs)).toBe(true);
    expect(a.state?.ledger.leases.size).toBeLessThan(3);
    cluster.runFor(500);
    expect(saidAt(a)).toHaveLength(2);
    expect(cluster.violations).toEqual([]);
  });

  it('goes on at one that served beside it and knew nothing of it, when the two are united', () => {
    const { cluster, a, recorded } = overdrawUnheard();
    cluster.network.weather.cut.clear();
    expect(cluster.runUntil(() => areOne(a), 2_500)).toBe(true);
    expect(overdraftAt(a)).toEqual(recorded);
    cluster.runFor(500);
    expect(saidAt(a)).toEqual([fromToken]);
    expect(cluster.violations).toEqual([]);
  });

  it('goes on when both start anew, of which the one that served last knew nothing of it', () => {
    const { cluster, a, b, recorded } = overdrawUnheard();
    crash(cluster, 'A', null);
    crash(cluster, 'B', null);
    cluster.network.weather.cut.clear();
    restart(cluster, 'A');
    restart(cluster, 'B');
    expect(cluster.runUntil(() => areOne(a) || areOne(b), 5_000)).toBe(true);
    cluster.runFor(500);
    expect([a, b].map(overdraftAt)).toEqual([recorded, recorded]);
    expect([a, b].map(saidAt)).toEqual([[fromToken], [fromToken]]);
    expect(cluster.violations).toEqual([]);
  });
});
