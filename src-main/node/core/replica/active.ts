import { beginTerm } from '../ledger/ledger-start.ts';
import { recordLost } from '../ledger/lost-changes.ts';
import { newestSpell } from '../rows/newest-spell.ts';
import { announce } from './announce.ts';
import { refuseWaiting, releaseReplies } from './answering.ts';
import { heartbeat } from './heartbeat.ts';
import { sendDueRound } from './reading.ts';
import { settleDoubt } from './suspension.ts';
import { advanceCommit } from './commit.ts';
import { keepTold, noteAnswered } from './noted-leases.ts';
import { resendWrites } from './write-rows.ts';
import { holds, lastIndex, lastPosition, positionBefore } from './log.ts';
import type { HandoverReason, PeerMessage } from './message.ts';
import {
  configOf,
  isWitness,
  keepsRows,
  lastWritten,
  nameOf,
  others,
  peerOf,
  type Peer,
  type ReplicaState,
  ruleOf,
  settingsOf,
} from './replica-state.ts';
import { hasQuorum } from './quorum.ts';
import { isDown } from './failure-detector.ts';
import { appendChanges, replicate, retransmit } from './replicating.ts';
import {
  isLate,
  joinSyncSet,
  leaveSyncSet,
  resetPeer,
  setSyncSet,
  tellOutOfSync,
} from './sync-set.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { forgetNumbers, noteOnce, type Turn } from './turn.ts';
import { joinNames } from '../../../../src-shared/view/join-names.ts';

/** A member that failed again within this time waits longer before it takes over again. */
export const failureForgottenMs = 3_600_000;

/** Begins a spell of leadership: everything out gets a full life, and the others are told. */
export function becomeActive(turn: Turn, reason: HandoverReason | null): void {
  const { state } = turn;
  if (isWitness(state)) throw new Error('a witness cannot be active');
  const predecessor = predecessorOf(state);
  if (reason === null && predecessor !== null) countFailure(state, predecessor);
  state.role = { type: 'active', sinceMs: state.nowMs, handover: null };
  state.active = state.self;
  state.unsureSinceMs = null;
  state.hasCaughtUp = true;
  state.rounds = [];
  state.pendingEvents = [];
  state.noted.clear();
  state.turnedDown = null;
  state.departing = [];
  state.outbox = [];
  state.heard = null;
  state.toldOutOfSync = new Set(others(state).filter((id) => isDown(state, id)));
  for (const id of others(state)) resetPeer(state, peerOf(state, id));
  setSyncSet(turn, [state.self]);
  state.lastLedgerTickMs = state.nowMs;
  const { term, boot } = state;
  const spell = keepsRows(state) ? { member: state.self, boot } : null;
  if (spell) forgetNumbers(state);
  const changes = beginTerm(state.ledger, term.number, spell, turn.at, (draft) => {
    announce(draft, state, { predecessor, reason });
    recordLost(draft, (id) => nameOf(state, id));
  });
  state.termIndex = spell ? lastWritten(state) : lastIndex(state.log) + 1;
  appendChanges(turn, changes);
  heartbeat(turn);
}

/** Who served before: the one that was followed, or who made the last entry. */
function predecessorOf(state: ReplicaState): MemberId | null {
  const { active, log, self } = state;
  const author = keepsRows(state)
    ? (newestSpell(state.ledger)?.member ?? '')
    : lastPosition(log).term.member;
  const before = active !== null && active !== self ? active : author;
  return before === '' || before === self ? null : before;
}

function countFailure(state: ReplicaState, member: MemberId): void {
  if (state.peers.get(member)?.down === 'goodbye') return;
  const before = state.failures.get(member);
  const again = before !== undefined && state.nowMs - before.lastMs < failureForgottenMs;
  state.failures.set(member, { count: again ? before.count + 1 : 1, lastMs: state.nowMs });
}

/** Stops serving at once. What waits is refused: whether it will hold is for the next active. */
export function stepDown(turn: Turn, active: MemberId | null): void {
  const { state } = turn;
  if (state.role.type === 'active') {
    refuseWaiting(turn, active);
    const { spell, toldWrite } = state.ledger;
    noteAnswered(state);
    if (spell) keepTold(turn, spell.id, toldWrite);
  }
  state.role = { type: 'standby' };
  state.active = active;
  state.matchedIndex = 0;
  state.heard = null;
  state.outbox = [];
  state.heardSyncSet = [];
  state.pendingEvents = [];
}

export function noteHeartbeatAck(turn: Turn, from: MemberId, round: number): void {
  const { state } = turn;
  const sent = state.rounds.find((one) => one.round === round);
  const peer = peerOf(state, from);
  if (!sent) return;
  peer.ackedRound = Math.max(peer.ackedRound, round);
  peer.ackedRoundMs = Math.max(peer.ackedRoundMs, sent.sentMs);
  sendDueRound(turn);
  releaseReplies(turn);
}

export function noteAppendAck(turn: Turn, from: MemberId, matchIndex: number): void {
  const { state } = turn;
  const peer = peerOf(state, from);
  if (matchIndex > lastIndex(state.log)) return;
  peer.needsImage = false;
  peer.imageSentMs = null;
  if (matchIndex > peer.matchIndex) {
    peer.matchIndex = matchIndex;
    peer.unackedSinceMs = matchIndex < lastIndex(state.log) ? state.nowMs : null;
  }
  peer.nextIndex = Math.max(peer.nextIndex, matchIndex + 1);
  if (peer.matchIndex === lastIndex(state.log)) peer.unackedSinceMs = null;
  joinSyncSet(turn, from, peer);
  advanceCommit(turn);
  replicate(turn, from);
}

type Reject = Extract<PeerMessage, { type: 'appendReject' }>;

/** Goes back to the last entry that both have; where that is not known, the whole ledger is sent. */
export function noteAppendReject(turn: Turn, from: MemberId, message: Reject): void {
  const { state } = turn;
  const peer = peerOf(state, from);
  const { rejectedIndex, hint, base, usageSequence, eventSequence } = message;
  if (rejectedIndex < peer.matchIndex || rejectedIndex >= peer.nextIndex) return;
  peer.common = { usageSequence, eventSequence };
  if (hint.index === 0) {
    peer.needsImage = true;
  } else if (holds(state.log, hint)) {
    peer.nextIndex = hint.index + 1;
  } else if (hint.index <= Math.max(base.index, state.log.base.index)) {
    peer.needsImage = true;
    // The two logs part somewhere before the member's base: of its history nothing is known to be common.
    if (base.index > state.log.base.index) peer.common = { usageSequence: 0, eventSequence: 0 };
  } else {
    peer.nextIndex = positionBefore(state.log, hint).index + 1;
  }
  // The member has lost entries that it confirmed, as when its data was put back from a copy.
  peer.matchIndex = Math.min(peer.matchIndex, peer.needsImage ? 0 : peer.nextIndex - 1);
  replicate(turn, from);
}

/** The work of the clock at the active. */
export function tickActive(turn: Turn): void {
  const { state } = turn;
  if (state.nowMs - state.lastHeartbeatMs >= settingsOf(state).heartbeatMs) heartbeat(turn);
  if (ruleOf(state) === 'majority' && !hasQuorum(state)) {
    stepDown(turn, null);
    noteOnce(turn, 'noMajority', {
      kind: 'servingLost',
      severity: 'error',
      message:
        'Too few servers can be reached. This server stops granting and renewing until a majority ' +
        'is there again.',
    });
    return;
  }
  for (const id of others(state)) watchMember(turn, id);
  settleDoubt(turn);
}

function watchMember(turn: Turn, id: MemberId): void {
  const { state } = turn;
  const peer = peerOf(state, id);
  const { heartbeatMs, takeoverAfterMs } = settingsOf(state);
  if (isLate(state, id)) leaveSyncSet(turn, id, peer);
  tellIfNeverInSync(turn, id, peer, takeoverAfterMs);
  const { unackedSinceMs, resentMs } = peer;
  // What was sent again is waited for as long as what was sent first: all of it at each tick is a flood.
  const silentMs = state.nowMs - Math.max(unackedSinceMs ?? state.nowMs, resentMs);
  const lost = unackedSinceMs !== null && silentMs >= 2 * heartbeatMs;
  const lags = peer.matchIndex < lastWritten(state) && (lost || unackedSinceMs === null);
  if (!lags) return;
  peer.resentMs = state.nowMs;
  if (keepsRows(state)) resendWrites(turn, id);
  else retransmit(turn, id);
}

function tellIfNeverInSync(turn: Turn, id: MemberId, peer: Peer, afterMs: number): void {
  const { state } = turn;
  if (state.role.type !== 'active' || state.storeFailed) return;
  if (peer.inSyncSinceMs !== null || id === configOf(state).membership.witness) return;
  if (state.nowMs - state.role.sinceMs >= afterMs) tellOutOfSync(turn, id);
}

/** A token of a paired server shows that another has served since (protocol section 4a). */
export function yieldToFence(turn: Turn, number: number): void {
  const { state } = turn;
  state.highestNumber = Math.max(state.highestNumber, number);
  stepDown(turn, null);
  // This member serves again only when it has asked the others, or failed to reach them, anew.
  for (const id of others(state)) {
    const peer = peerOf(state, id);
    if (peer.down === null) peer.lastHeardMs = state.nowMs;
  }
  noteOnce(turn, 'fenced', {
    kind: 'servingLost',
    severity: 'warning',
    message:
      'A client showed a newer token of another server, so this one stopped serving until it has ' +
      `asked ${joinNames(others(state).map((id) => nameOf(state, id)))}.`,
  });
}
