import { expect, it } from 'vitest';
import { createReplica } from '../../../src-main/node/core/replica/replica.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { settleDoubt } from '../../../src-main/node/core/replica/suspension.ts';
import { pairConfig, strictConfig } from '../../support/peer-messages.ts';
import { makeStoredLedger, makeStoredReplica, nowMs, serverId } from '../../support/records.ts';

const [second, third] = ['c3', 'd4'].map((two) => two.repeat(32)) as [string, string];

/** An active of three that stood still, and has heard only the second since; the third seems to be there. */
function makeDoubtful({ membership: { rule } }: typeof strictConfig): ReplicaState {
  const membership = { members: [serverId, second, third], witness: null, rule };
  const state = createReplica(
    makeStoredReplica({ ledger: makeStoredLedger({ config: { ...strictConfig, membership } }) }),
    { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', boot: 'b'.repeat(16) },
    { monotonicMs: 0, wallMs: nowMs },
  );
  state.role = { type: 'active', sinceMs: 0, handover: null };
  state.nowMs = 1_000;
  state.unsureSinceMs = 500;
  const heard = state.peers.get(second);
  if (heard) heard.ackedRoundMs = 600;
  return state;
}

function isSure(state: ReplicaState): boolean {
  settleDoubt({ state, at: { monotonicMs: 1_000, wallMs: nowMs + 1_000 }, effects: [] });
  return state.unsureSinceMs === null;
}

it('an active that stood still is sure again when a majority has answered, whoever else says nothing', () => {
  expect(isSure(makeDoubtful(strictConfig))).toBe(true);
});

it('where any survivor may serve, it waits for everybody that can be reached', () => {
  const state = makeDoubtful(pairConfig);
  expect(isSure(state)).toBe(false);
  const silent = state.peers.get(third);
  if (silent) silent.down = 'gone';
  expect(isSure(state)).toBe(true);
});
