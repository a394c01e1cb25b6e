import { describe, expect, it } from 'vitest';
import { rowsOfLedger } from '../../../src-main/node/core/ledger/rows-of-ledger.ts';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import { createReplica, stepReplica } from '../../../src-main/node/core/replica/replica.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { deriveReplicaView } from '../../../src-main/node/core/replica/replica-view.ts';
import { type LedgerConfig, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { pairConfig, strictConfig } from '../../support/peer-messages.ts';
import {
  makeMeta,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  otherId,
  positionOf,
  serverId,
} from '../../support/records.ts';

const third = 'c3'.repeat(32);

/** A member of which some data is missing, or a whole one. */
function makeMember(config: LedgerConfig, incomplete: boolean, self = serverId): ReplicaState {
  const ledger = makeStoredLedger({ config, meta: { ...makeMeta(), eventSequence: 1 } });
  return createReplica(
    makeStoredReplica({
      ledger: { ...ledger, rows: rowsOfLedger(ledger) },
      // Where a majority decides, whoever has nothing votes for nobody.
      log: { base: positionOf(1), entries: [] },
    }),
    {
      serverId: self,
      demoVendorKeyId: 'demo',
      newLedgerId: 'ledger-1',
      boot: 'b'.repeat(16),
      incomplete,
    },
    { monotonicMs: 0, wallMs: nowMs },
  );
}

/** Far longer than it waits for another one. */
const laterMs = 3_600_000;

function tick(state: ReplicaState, atMs = laterMs) {
  return stepReplica(
    state,
    { type: 'ticked', mayReclaim: true },
    { monotonicMs: atMs, wallMs: nowMs + atMs },
  );
}

function hear(state: ReplicaState, message: PeerMessage, from = otherId) {
  const at = { monotonicMs: laterMs, wallMs: nowMs + laterMs };
  return stepReplica(state, { type: 'messageReceived', from, message }, at);
}

const asked = { number: 9, member: otherId };
const preVote = {
  type: 'preVote',
  term: asked,
  configVersion: pairConfig.version,
  last: { index: 1_000, term: asked },
} satisfies PeerMessage;
const vote = { ...preVote, type: 'vote', transfer: null } satisfies PeerMessage;

const isGranted = (effects: ReturnType<typeof hear>) =>
  effects.some(
    (effect) =>
      (effect.type === 'send' || effect.type === 'sendNow') &&
      (effect.message.type === 'preVoteAck' || effect.message.type === 'voteAck') &&
      effect.message.granted,
  );

/** Rounds of heartbeats that are answered. */
const roundsOf = (effects: ReturnType<typeof hear>) =>
  effects.flatMap((effect) =>
    'message' in effect && typeof effect.message !== 'string' && 'round' in effect.message
      ? [effect.message.round]
      : [],
  );

describe('a member of which some data is missing', () => {
  it('does not serve alone, says why, and serves when the loss is accepted', () => {
    const state = makeMember(soloConfig(serverId), true);
    tick(state);
    expect(deriveReplicaView(state)).toMatchObject({
      serving: false,
      incomplete: true,
      electing: false,
    });
    const at = { monotonicMs: laterMs, wallMs: nowMs + laterMs };
    const request = { type: 'returnRequested', leaseId: 'lease-1', requestId: 1 } as const;
    const effects = stepReplica(state, { type: 'requestsReceived', requests: [request] }, at);
    expect(effects).toMatchObject([
      { type: 'reply', reply: { type: 'notServing', reason: 'incomplete' } },
    ]);
    stepReplica(state, { type: 'lossAccepted' }, at);
    tick(state, laterMs + 1_000);
    expect(deriveReplicaView(state)).toMatchObject({ incomplete: false });
    expect(state.role.type).toBe('active');
  });

  it('lets no log of an earlier rule be voted for, and a log of a later one', () => {
    const { version } = pairConfig;
    for (const [configVersion, granted] of [
      [version - 1, false],
      [version + 1, true],
    ] as const) {
      const state = makeMember(pairConfig, true);
      expect(isGranted(hear(state, { ...preVote, configVersion }))).toBe(granted);
    }
  });

  it('does not serve though all others are down', () => {
    const whole = makeMember(pairConfig, false);
    const incomplete = makeMember(pairConfig, true);
    for (const state of [whole, incomplete]) for (const ms of [1, 2]) tick(state, laterMs * ms);
    expect(whole.role.type).not.toBe('standby');
    expect(incomplete.role.type).toBe('standby');
  });

  it('stands in nobody’s way where any survivor may serve', () => {
    expect(isGranted(hear(makeMember(pairConfig, true), preVote))).toBe(true);
    // Whole, it comes first.
    expect(isGranted(hear(makeMember(pairConfig, false), preVote))).toBe(false);
  });

  it.each([serverId, third])('votes for nobody where a majority decides: %#', (self) => {
    expect(isGranted(hear(makeMember(strictConfig, true, self), preVote))).toBe(false);
    expect(isGranted(hear(makeMember(strictConfig, true, self), vote))).toBe(false);
    const whole = makeMember(strictConfig, false, self);
    tick(whole);
    expect(isGranted(hear(whole, vote))).toBe(true);
  });

  it.each([serverId, third])(
    'helps to decide nothing while it counts, also one that serves: %#',
    (self) => {
      const heartbeat: PeerMessage = {
        type: 'heartbeat',
        term: asked,
        configVersion: 1,
        commitIndex: 0,
        round: 7,
        syncSet: [otherId],
      };
      const state = makeMember(strictConfig, true, self);
      expect(roundsOf(hear(state, heartbeat))).toEqual([0]);
      expect(state.incomplete).toBe(true);
      expect(roundsOf(hear(makeMember(strictConfig, false, self), heartbeat))).toEqual([7]);
    },
  );

  it('is not heard as a learner before it knows that it was counted out', () => {
    const state = makeMember({ ...strictConfig, learners: [serverId] }, true);
    const prev = positionOf(1);
    const common = { term: asked, configVersion: 1 };
    const syncSet = [otherId];
    const heartbeat = { ...common, type: 'heartbeat', round: 7, syncSet } as const;
    hear(state, { ...common, type: 'append', prev, entries: [], commitIndex: 0 });
    expect(roundsOf(hear(state, { ...heartbeat, commitIndex: 0 }))).toEqual([0]);
    expect(roundsOf(hear(state, { ...heartbeat, commitIndex: 1 }))).toEqual([7]);
    expect(state.incomplete).toBe(false);
  });

  it('is found to be one by its starts, where a majority decides', () => {
    const at = { monotonicMs: 0, wallMs: nowMs };
    const strict = makeMember(strictConfig, false);
    stepReplica(strict, { type: 'putBackNoticed' }, at);
    expect(strict.incomplete).toBe(true);
    // Where rows are united no more is believed of it than it has.
    const pair = makeMember(pairConfig, false);
    stepReplica(pair, { type: 'putBackNoticed' }, at);
    expect(pair.incomplete).toBe(false);
  });
});
