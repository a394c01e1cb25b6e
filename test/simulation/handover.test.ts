import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import { keepsRows, logLimitsDefault } from '../../src-main/node/core/replica/replica-state.ts';
import { ownLast } from '../../src-main/node/core/replica/turn.ts';
import { Cluster } from './cluster.ts';
import { crash, restart } from './outages.ts';
import type { Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
const three: Membership = { members: ['A', 'B', 'C'], witness: null, rule: 'continuity' };
const pairWithWitness: Membership = { members: ['A', 'B'], witness: 'W', rule: 'majority' };

interface Stage {
  cluster: Cluster;
  a: Member;
  b: Member;
  /** How often B was active after a step since the handover left. */
  spellsOfB(): number;
}

/** A has just sent the handover to B, which has not reached it yet. */
function handOver(membership: Membership): Stage {
  let spells = 0;
  let counts = false;
  const cluster = new Cluster({
    seed: 1,
    membership,
    settings: { takeoverAfterMs: 1_000, coldStartWaitMs: 1_000, reclaim: 'manual' },
    wishes: [],
    units: 2,
    limits: logLimitsDefault,
    rowLifeMs: 3_600_000,
    onStep: (member) => {
      if (counts && member.id === 'B' && member.isActive) spells++;
    },
  });
  cluster.begin();
  cluster.runUntil(() => cluster.checks.convergence.isOne(), 5_000);
  const [a, b] = ['A', 'B'].map((id) => cluster.members.get(id));
  if (!a || !b) throw new Error('no such member');
  cluster.runFor(1_000);
  a.step({ type: 'switchoverRequested', to: 'B' });
  counts = true;
  cluster.runUntil(() => !a.isActive, 1_000);
  expect(a.state).toMatchObject({ active: 'B', role: { type: 'standby' } });
  expect(b.isActive).toBe(false);
  return { cluster, a, b, spellsOfB: () => spells };
}

/** As A sends it: everything is there. */
function handoverTo({ state }: Member): PeerMessage {
  if (!state) throw new Error('the server is stopped');
  const { term, matchedIndex: index } = state;
  const last = keepsRows(state) ? { index, term } : ownLast(state);
  return { type: 'handover', term, last, reason: 'switchover' };
}

describe('a server that is given the place', () => {
  it.each([
    ['rows', pair],
    ['a witness', pairWithWitness],
  ])('and froze before it heard so does not serve on waking: %s', (_, membership) => {
    const { cluster, a, b, spellsOfB } = handOver(membership);
    b.suspend();
    const handover = handoverTo(b);
    cluster.runUntil(() => a.isActive, 30_000);
    expect(a.isActive).toBe(true);
    cluster.runFor(2_000);
    // What came first while it stood still is what it reads first.
    cluster.wake(b);
    b.step({ type: 'messageReceived', from: 'A', message: handover });
    cluster.runFor(5_000);
    expect(spellsOfB()).toBe(0);
    expect(a.isActive).toBe(true);
    expect(cluster.violations).toEqual([]);
  });

  it.each([
    ['rows', pair],
    ['three with rows', three],
    ['a witness', pairWithWitness],
    ['three by majority', { ...three, rule: 'majority' } as const],
  ])('and has just stood still for a moment lets nobody wait: %s', (_, membership) => {
    for (const [from, to] of [
      ['A', 'B'],
      ['B', 'A'],
    ] as const) {
      const takeoverAfterMs = 10_000;
      const cluster = startCluster(membership, { takeoverAfterMs, reclaim: 'manual' });
      const [giver, taker] = [memberOf(cluster, from), memberOf(cluster, to)];
      const moves = (to: Member) => {
        cluster.active?.step({ type: 'switchoverRequested', to: to.id });
        return cluster.runUntil(() => to.isActive, 2_000);
      };
      if (!giver.isActive) expect(moves(giver)).toBe(true);
      cluster.runFor(2_000);
      taker.suspend();
      cluster.runFor(600);
      cluster.wake(taker);
      giver.step({ type: 'switchoverRequested', to });
      expect(cluster.runUntil(() => !giver.isActive, 1_000)).toBe(true);
      const isServed = cluster.runUntil(() => cluster.active !== undefined, 1_500);
      expect({ from, isServed }).toEqual({ from, isServed: true });
      cluster.runFor(1_000);
      expect(taker.isActive || moves(taker)).toBe(true);
      expect(cluster.violations).toEqual([]);
    }
  });

  it('and comes back with an empty disk is not waited for', () => {
    const { cluster, a, b } = handOver(three);
    crash(cluster, 'B', null);
    cluster.replaceDisk(b, null);
    restart(cluster, 'B');
    expect(cluster.runUntil(() => a.isActive, 30_000)).toBe(true);
    expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000)).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});
