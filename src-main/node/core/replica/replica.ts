import type { StoredLedger } from '../change.ts';
import type { Instant } from '../event.ts';
import { tickMs } from '../lease-clock.ts';
import { type CoreOptions, restoreLedger } from '../ledger-start.ts';
import {
  advanceCommit,
  noteAppendAck,
  noteAppendReject,
  noteHeartbeatAck,
  stepDown,
  tickActive,
} from './active.ts';
import {
  knowsLiveActive,
  notePreVote,
  notePreVoteAck,
  noteVote,
  noteVoteAck,
  tickStandby,
} from './campaign.ts';
import { noteDivergence, noteMerged } from './divergence.ts';
import { noteAppend, noteHeartbeat, noteImage } from './following.ts';
import { beginHandover, continueHandover, noteHandover, tickHandover } from './handover.ts';
import { lastIndex, type Log } from './log.ts';
import type { PeerMessage } from './message.ts';
import type { PeerEvidence, ReplicaEffect, ReplicaEvent } from './replica-effect.ts';
import {
  type Membership,
  others,
  type Peer,
  peerOf,
  type ReplicaState,
  type Timing,
} from './replica-state.ts';
import { runLedger, serve } from './serving.ts';
import { compareTerms, type MemberId, type Position, type Term } from './term.ts';
import { notePersisted, type Turn } from './turn.ts';

/** What a store hands back after a start. */
export interface StoredReplica {
  term: Term;
  log: Log;
  witnessed: Position;
  syncSet: MemberId[];
  ledger: StoredLedger;
}

export interface ReplicaOptions extends CoreOptions {
  membership: Membership;
  timing: Timing;
}

/** A member as its store left it. It serves only after it has asked the others (section 6). */
export function createReplica(
  stored: StoredReplica,
  options: ReplicaOptions,
  at: Instant,
): ReplicaState {
  const { membership, timing, serverId: self } = options;
  const nowMs = at.monotonicMs;
  const state: ReplicaState = {
    self,
    membership,
    timing,
    ledger: membership.witness === self ? null : restoreLedger(stored.ledger, options, at),
    term: stored.term,
    log: { base: stored.log.base, entries: [...stored.log.entries] },
    witnessed: stored.witnessed,
    syncSet: new Set(stored.syncSet),
    durableSyncSet: new Set(stored.syncSet),
    persistNumber: 0,
    pendingPersists: [],
    role: { type: 'standby' },
    active: null,
    commitIndex: stored.log.base.index,
    durableIndex: lastIndex(stored.log),
    highestNumber: stored.term.number,
    peers: new Map(),
    waiting: [],
    held: [],
    startedMs: nowMs,
    lastTickMs: nowMs,
    nowMs,
    lastHeartbeatMs: nowMs,
    lastLedgerTickMs: nowMs,
    leaderlessSinceMs: nowMs,
    rounds: [],
    round: 0,
    unsureSinceMs: null,
    divergenceSentMs: null,
    mergedUpTo: null,
    mergeIndex: 0,
  };
  for (const id of others(state)) state.peers.set(id, createPeer(nowMs));
  return state;
}

function createPeer(nowMs: number): Peer {
  return {
    lastHeardMs: nowMs,
    down: null,
    everHeard: false,
    matchIndex: 0,
    nextIndex: 1,
    unackedSinceMs: null,
    ackedRoundMs: -Infinity,
    inSyncSinceMs: null,
    imageSentMs: null,
  };
}

/** One step of a member: pure, synchronous and total, like the ledger's own. */
export function stepReplica(
  state: ReplicaState,
  event: ReplicaEvent,
  at: Instant,
): ReplicaEffect[] {
  const turn: Turn = { state, at, effects: [] };
  state.nowMs = at.monotonicMs;
  switch (event.type) {
    case 'ticked':
      tick(turn);
      break;
    case 'messageReceived':
      if (state.peers.has(event.from)) receive(turn, event.from, event.message);
      break;
    case 'evidenceFound':
      if (state.peers.has(event.peer)) weigh(turn, event.peer, event.evidence);
      break;
    case 'persisted':
      notePersisted(state, event.number);
      if (state.role.type === 'active') advanceCommit(turn);
      break;
    case 'requestReceived':
      serve(turn, event.request);
      break;
    case 'switchoverRequested':
      beginHandover(turn, event.to);
      break;
  }
  continueHandover(turn);
  return turn.effects;
}

function tick(turn: Turn): void {
  const { state } = turn;
  const gapMs = state.nowMs - state.lastTickMs;
  state.lastTickMs = state.nowMs;
  if (gapMs > 2 * state.timing.heartbeatMs) noteSuspension(state, gapMs);
  if (knowsLiveActive(state)) state.leaderlessSinceMs = state.nowMs;
  if (state.role.type !== 'active') {
    tickStandby(turn);
    return;
  }
  tickActive(turn);
  tickHandover(turn);
  if (state.role.type === 'active' && state.nowMs - state.lastLedgerTickMs >= tickMs) {
    state.lastLedgerTickMs = state.nowMs;
    runLedger(turn, { type: 'clockTicked' });
  }
}

/** A member that stood still measures anew before it judges anyone (protocol section 5). */
function noteSuspension(state: ReplicaState, gapMs: number): void {
  for (const peer of state.peers.values()) peer.lastHeardMs = state.nowMs;
  if (state.role.type === 'active' && gapMs >= state.timing.takeoverAfterMs) {
    state.unsureSinceMs = state.nowMs;
  }
}

function weigh(turn: Turn, id: MemberId, evidence: PeerEvidence): void {
  const peer = peerOf(turn.state, id);
  peer.down = evidence === 'connected' ? null : evidence;
  if (evidence !== 'connected' && turn.state.role.type !== 'active') tickStandby(turn);
}

function receive(turn: Turn, from: MemberId, message: PeerMessage): void {
  const { state } = turn;
  const peer = peerOf(state, from);
  peer.lastHeardMs = state.nowMs;
  peer.everHeard = true;
  peer.down = null;
  state.highestNumber = Math.max(state.highestNumber, message.term.number);
  if (isFromFollower(message) && compareTerms(message.term, state.term) > 0) {
    // Somebody was promised to: this spell is over.
    if (state.role.type === 'active') stepDown(turn, null);
    if (message.type !== 'preVoteAck' && message.type !== 'voteAck') return;
  }
  // Who asks to be active is not.
  if (state.active === from && (message.type === 'preVote' || message.type === 'vote')) {
    state.active = null;
  }
  switch (message.type) {
    case 'heartbeat':
      return noteHeartbeat(turn, from, message);
    case 'append':
      return noteAppend(turn, from, message);
    case 'image':
      return noteImage(turn, from, message);
    case 'preVote':
      return notePreVote(turn, from, message);
    case 'preVoteAck':
      return notePreVoteAck(turn, from, message);
    case 'vote':
      return noteVote(turn, from, message);
    case 'voteAck':
      return noteVoteAck(turn, from, message);
    case 'handover':
      return noteHandover(turn, from, message);
    case 'merged':
      return noteMerged(turn, from, message.last);
    case 'superseded':
      return;
    case 'heartbeatAck':
    case 'appendAck':
    case 'appendReject':
    case 'divergence':
      return receiveAtActive(turn, from, message);
  }
}

function receiveAtActive(
  turn: Turn,
  from: MemberId,
  message: Extract<
    PeerMessage,
    { type: 'heartbeatAck' | 'appendAck' | 'appendReject' | 'divergence' }
  >,
): void {
  const { state } = turn;
  if (state.role.type !== 'active' || compareTerms(message.term, state.term) !== 0) return;
  switch (message.type) {
    case 'heartbeatAck':
      return noteHeartbeatAck(turn, from, message.round);
    case 'appendAck':
      return noteAppendAck(turn, from, message.matchIndex);
    case 'appendReject':
      return noteAppendReject(turn, from, message.rejectedIndex, message.hintIndex);
    case 'divergence':
      return noteDivergence(turn, from, message);
  }
}

/** Messages whose term is what their sender promised to keep to. */
function isFromFollower({ type }: PeerMessage): boolean {
  return (
    type === 'heartbeatAck' ||
    type === 'appendAck' ||
    type === 'appendReject' ||
    type === 'superseded' ||
    type === 'divergence' ||
    type === 'preVoteAck' ||
    type === 'voteAck'
  );
}
