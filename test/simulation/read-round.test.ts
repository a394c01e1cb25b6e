import { expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { logLimitsDefault } from '../../src-main/node/core/replica/replica-state.ts';
import { Cluster } from './cluster.ts';

const pairWithWitness: Membership = { members: ['A', 'B'], witness: 'W', rule: 'majority' };

it('a renewal under majority is not answered by a round of heartbeats that was sent before it', () => {
  let heard = false;
  const cluster = new Cluster({
    seed: 1,
    membership: pairWithWitness,
    settings: {},
    wishes: [],
    units: 2,
    limits: logLimitsDefault,
    onStep: ({ id }) => {
      if (id !== 'A') heard = true;
    },
  });
  cluster.begin();
  cluster.runFor(3_000);
  const [a, b, w] = ['A', 'B', 'W'].map((id) => cluster.members.get(id));
  if (!a?.state || !b || !w) throw new Error('no such member');
  const request = { feature: 'cad', units: 1, client: { instance: 'i', user: 'u', host: 'h' } };
  cluster.request('A', { type: 'checkoutRequested', leaseId: 'lease-1', request }, (answer) => {
    expect(answer?.type).toBe('leaseGranted');
  });
  cluster.runFor(1_000);
  expect([...a.state.ledger.leases.keys()]).toEqual(['lease-1']);

  const { state } = a;
  const { round } = state;
  cluster.runUntil(() => state.round > round, 1_000);
  heard = false;
  cluster.runUntil(() => heard, 100);
  // One of the others has answered the round; neither hears of a later one.
  b.suspend();
  w.suspend();
  a.step({
    type: 'requestsReceived',
    requests: [{ type: 'renewalRequested', requestId: 1_000_000, leaseId: 'lease-1' }],
  });
  expect(state.waiting.map(({ requestId }) => requestId)).toContain(1_000_000);
  cluster.runFor(200);
  expect(state.waiting.map(({ requestId }) => requestId)).toContain(1_000_000);
  cluster.wake(b);
  cluster.wake(w);
  cluster.runFor(1_000);
  expect(state.waiting).toEqual([]);
});
