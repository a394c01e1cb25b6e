import { beginTerm } from '../ledger-start.ts';
import { refuseWaiting, releaseReplies } from './answering.ts';
import { compact, lastIndex, termAt } from './log.ts';
import type { PeerMessage } from './message.ts';
import {
  isDown,
  majorityOf,
  others,
  peerOf,
  voterCount,
  type Peer,
  type ReplicaState,
} from './replica-state.ts';
import { appendChanges, replicate, hasQuorum } from './replicating.ts';
import { compareTerms, type MemberId } from './term.ts';
import { persist, sendNow, type Turn } from './turn.ts';

/** Entries that are kept for members that are behind; further ones get the ledger as a whole. */
export const logKeptMax = 2_000;

/** Begins a spell of leadership: everything out gets a full life, and the others are told. */
export function becomeActive(turn: Turn): void {
  const { state } = turn;
  if (!state.ledger) throw new Error('a witness cannot be active');
  state.role = { type: 'active', sinceMs: state.nowMs, handover: null };
  state.active = state.self;
  state.unsureSinceMs = null;
  state.divergenceSentMs = null;
  state.rounds = [];
  for (const id of others(state)) {
    Object.assign(peerOf(state, id), {
      matchIndex: 0,
      nextIndex: lastIndex(state.log) + 1,
      unackedSinceMs: null,
      ackedRoundMs: state.nowMs,
      inSyncSinceMs: null,
      imageSentMs: null,
    } satisfies Partial<Peer>);
  }
  setSyncSet(turn, [state.self]);
  state.lastLedgerTickMs = state.nowMs;
  const effects = beginTerm(state.ledger, state.term.number, 'This server serves.', turn.at);
  appendChanges(
    turn,
    effects.flatMap((effect) => (effect.type === 'persist' ? effect.changes : [])),
  );
  heartbeat(turn);
}

/** Stops serving at once. What waits is refused: whether it will hold is for the next active. */
export function stepDown(turn: Turn, active: MemberId | null): void {
  const { state } = turn;
  if (state.role.type === 'active') refuseWaiting(turn, active);
  state.role = { type: 'standby' };
  state.active = active;
}

export function heartbeat(turn: Turn): void {
  const { state } = turn;
  state.lastHeartbeatMs = state.nowMs;
  state.round++;
  state.rounds = [...state.rounds.slice(-31), { round: state.round, sentMs: state.nowMs }];
  const message: PeerMessage = {
    type: 'heartbeat',
    term: state.term,
    round: state.round,
    commitIndex: Math.min(state.commitIndex, state.durableIndex),
  };
  for (const id of others(state)) sendNow(turn, id, message);
}

export function noteHeartbeatAck(turn: Turn, from: MemberId, round: number): void {
  const { state } = turn;
  const sent = state.rounds.find((one) => one.round === round);
  const peer = peerOf(state, from);
  if (sent) peer.ackedRoundMs = Math.max(peer.ackedRoundMs, sent.sentMs);
}

export function noteAppendAck(turn: Turn, from: MemberId, matchIndex: number): void {
  const { state } = turn;
  const peer = peerOf(state, from);
  if (matchIndex > lastIndex(state.log)) return;
  if (matchIndex > peer.matchIndex) {
    peer.matchIndex = matchIndex;
    peer.unackedSinceMs = matchIndex < lastIndex(state.log) ? state.nowMs : null;
  }
  peer.nextIndex = Math.max(peer.nextIndex, matchIndex + 1);
  peer.imageSentMs = null;
  if (peer.matchIndex === lastIndex(state.log)) peer.unackedSinceMs = null;
  joinSyncSet(turn, from, peer);
  advanceCommit(turn);
  replicate(turn, from);
}

export function noteAppendReject(turn: Turn, from: MemberId, rejected: number, hint: number): void {
  const { state } = turn;
  const peer = peerOf(state, from);
  if (rejected < peer.matchIndex || rejected >= peer.nextIndex) return;
  peer.nextIndex = Math.max(peer.matchIndex, Math.min(hint, rejected - 1), 0) + 1;
  replicate(turn, from);
}

/** A member that has every entry counts from now on (protocol section 3). */
function joinSyncSet(turn: Turn, id: MemberId, peer: Peer): void {
  const { state } = turn;
  if (peer.matchIndex < lastIndex(state.log) || id === state.membership.witness) return;
  if (state.membership.rule === 'majority') {
    peer.inSyncSinceMs ??= state.nowMs;
    return;
  }
  if (state.syncSet.has(id)) return;
  peer.inSyncSinceMs = state.nowMs;
  setSyncSet(turn, [...state.syncSet, id]);
}

function setSyncSet(turn: Turn, members: MemberId[]): void {
  turn.state.syncSet = new Set(members);
  persist(turn, { type: 'syncSet', members });
}

/** Moves the commit on as the rule allows, and gives the answers that waited for it. */
export function advanceCommit(turn: Turn): void {
  const { state } = turn;
  const index = state.membership.rule === 'majority' ? majorityIndex(state) : syncSetIndex(state);
  if (index > state.commitIndex) {
    state.commitIndex = index;
    compactLog(turn);
  }
  releaseReplies(turn);
}

function majorityIndex(state: ReplicaState): number {
  const matches = [state.durableIndex, ...others(state).map((id) => peerOf(state, id).matchIndex)];
  matches.sort((a, b) => b - a);
  const index = matches[majorityOf(voterCount(state)) - 1] ?? 0;
  const term = termAt(state.log, index);
  // Only entries of the own term are committed by counting (Raft, section 5.4.2).
  return term && compareTerms(term, state.term) === 0 ? index : state.commitIndex;
}

/** A member counts until its leaving is durable, and from the moment that it joins. */
function syncSetIndex(state: ReplicaState): number {
  const counted = new Set([...state.syncSet, ...state.durableSyncSet]);
  const matches = [...counted].map((id) =>
    id === state.self ? state.durableIndex : peerOf(state, id).matchIndex,
  );
  return Math.min(...matches);
}

/** Keeps what a member may still need, up to a limit. */
function compactLog(turn: Turn): void {
  const { state } = turn;
  const kept = lastIndex(state.log) - state.log.base.index;
  if (kept <= logKeptMax) return;
  const to = Math.min(state.commitIndex, state.durableIndex, lastIndex(state.log) - logKeptMax / 2);
  if (to <= state.log.base.index) return;
  compact(state.log, to);
  persist(turn, { type: 'compact', toIndex: to });
}

/** The work of the clock at the active. */
export function tickActive(turn: Turn): void {
  const { state } = turn;
  if (state.nowMs - state.lastHeartbeatMs >= state.timing.heartbeatMs) heartbeat(turn);
  if (state.membership.rule === 'majority' && !hasQuorum(state, state.timing.takeoverAfterMs)) {
    stepDown(turn, null);
    return;
  }
  for (const id of others(state)) watchMember(turn, id);
  settleDoubt(turn);
}

function watchMember(turn: Turn, id: MemberId): void {
  const { state } = turn;
  const peer = peerOf(state, id);
  const { syncTimeoutMs, heartbeatMs } = state.timing;
  const silentMs = peer.unackedSinceMs === null ? 0 : state.nowMs - peer.unackedSinceMs;
  const late = silentMs >= syncTimeoutMs || isDown(state, id);
  if (late && (state.syncSet.has(id) || peer.inSyncSinceMs !== null)) {
    peer.inSyncSinceMs = null;
    if (state.membership.rule === 'continuity') {
      // Nothing is acknowledged without the member before this is durable: see `syncSetIndex`.
      setSyncSet(
        turn,
        [...state.syncSet].filter((member) => member !== id),
      );
    }
  }
  const lost = peer.unackedSinceMs !== null && silentMs >= 2 * heartbeatMs;
  if (peer.matchIndex < lastIndex(state.log) && (lost || peer.unackedSinceMs === null)) {
    peer.nextIndex = peer.matchIndex + 1;
    replicate(turn, id);
  }
}

/** After a suspension: serves again when each other one was heard or cannot be reached. */
function settleDoubt(turn: Turn): void {
  const { state } = turn;
  if (state.unsureSinceMs === null) return;
  const since = state.unsureSinceMs;
  const asked = others(state).every(
    (id) => peerOf(state, id).ackedRoundMs > since || isDown(state, id),
  );
  if (asked) state.unsureSinceMs = null;
}
