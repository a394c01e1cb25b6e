import { describe, expect, it, vi } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
const pairWithWitness: Membership = { members: ['A', 'B'], witness: 'W', rule: 'majority' };
const takeoverAfterMs = 3_000;
const heartbeatMs = 250;

/** A serves, and a client has a seat there. */
function start(membership: Membership): { cluster: Cluster; a: Member } {
  const cluster = startCluster(membership, { takeoverAfterMs, heartbeatMs, reclaim: 'manual' });
  const a = memberOf(cluster, 'A');
  const request = { feature: 'cad', units: 1, client: { instance: 'i', user: 'u', host: 'h' } };
  let isTold = false;
  cluster.request('A', { type: 'checkoutRequested', leaseId: 'lease-1', request }, (answer) => {
    isTold = answer?.type === 'leaseGranted';
  });
  expect(cluster.runUntil(() => isTold, 1_000)).toBe(true);
  return { cluster, a };
}

/** The part of the time in which the monotonic clock of a server that stands still does so too. */
const clocks = { stops: 1, 'stops for half of it': 0.5, runs: 0 };
type ClockDoes = keyof typeof clocks;

function standStill(cluster: Cluster, a: Member, ms: number, clock: ClockDoes): void {
  a.suspend();
  cluster.runFor(ms);
  a.monotonicLagMs += ms * clocks[clock];
  cluster.wake(a);
}

/** What waited in its buffer is read first on waking, before any tick. True: it was answered at once. */
function answers({ checks }: Cluster, a: Member): boolean {
  const requestId = 1_000_000;
  // Of refusals nothing is noted.
  const noted = vi.spyOn(checks.spells, 'noteAnswered').mockReturnValue();
  a.step({
    type: 'requestsReceived',
    requests: [{ type: 'renewalRequested', requestId, leaseId: 'lease-1' }],
  });
  const isAnswered = noted.mock.calls.length > 0;
  noted.mockRestore();
  return isAnswered;
}

describe('a server that wakes with requests in its buffer', () => {
  describe.each(Object.keys(clocks) as ClockDoes[])(
    'and whose monotonic clock %s meanwhile',
    (clock) => {
      it.each([
        // One of the others may take over after this, counted from the last heartbeat that it got.
        ['a little less than a takeover takes', takeoverAfterMs - heartbeatMs],
        ['as long as a takeover takes', takeoverAfterMs],
        ['much longer', 10 * takeoverAfterMs],
      ])('after %s answers none of them before it has looked around', (_, ms) => {
        for (const membership of [pair, pairWithWitness]) {
          const { cluster, a } = start(membership);
          standStill(cluster, a, ms, clock);
          expect({ rule: membership.rule, answers: answers(cluster, a) }).toMatchObject({
            answers: false,
          });
          cluster.runFor(5_000);
          expect(cluster.violations).toEqual([]);
        }
      });

      it('after a moment goes on, where no answer needs another one', () => {
        const { cluster, a } = start(pair);
        standStill(cluster, a, 3 * heartbeatMs, clock);
        expect(answers(cluster, a)).toBe(true);
      });
    },
  );
});
