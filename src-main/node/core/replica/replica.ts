import type { StoredLedger } from '../ledger/change.ts';
import type { Instant } from '../ledger/event.ts';
import { tickMs } from '../ledger/lease-clock.ts';
import { promoteLearner } from '../ledger/config-change.ts';
import { sweepRows } from '../ledger/row-sweep.ts';
import { observeClock } from '../ledger/ledger-time.ts';
import { type CoreOptions, restoreLedger } from '../ledger/ledger-start.ts';
import {
  noteAppendAck,
  noteAppendReject,
  noteHeartbeatAck,
  stepDown,
  tickActive,
} from './active.ts';
import { notePreVote, notePreVoteAck, reconsider, tickStandby } from './campaign.ts';
import { noteVote, noteVoteAck } from './election.ts';
import { advanceCommit } from './commit.ts';
import { isPresentBoot, noteRowsAck } from './acknowledged.ts';
import { noteBuckets, noteFound, notePieceOfActive } from './exchange.ts';
import { noteRows } from './follow-rows.ts';
import { noteGather, noteGathered } from './gather.ts';
import { noteHindrance, noteMissed } from './hindrance.ts';
import { doesNotServe } from './does-not-serve.ts';
import { follow } from './follow.ts';
import { noteAppend, noteHeartbeat, noteImage } from './following.ts';
import {
  beginHandover,
  beginLeaving,
  continueHandover,
  noteHandover,
  tickHandover,
} from './handover.ts';
import { lastConfigIndex, lastIndex, type ReplicaLog } from './log.ts';
import {
  denyReplacement,
  greetStranger,
  noteCalled,
  noteNotMember,
  noteTakenBack,
  noteUnknownMember,
} from './membership.ts';
import type { PeerMessage } from './message.ts';
import type { ReplicaEffect } from './replica-effect.ts';
import type { PeerEvidence, ReplicaEvent } from './replica-event.ts';
import {
  configOf,
  createPeer,
  type LogLimits,
  logLimitsDefault,
  others,
  type Peer,
  peerOf,
  type ReplicaState,
  lastWritten,
} from './replica-state.ts';
import { knowsLiveActive } from './failure-detector.ts';
import { isHeard } from './quorum.ts';
import { runLedger, serve } from './serving.ts';
import { noteFollower } from './noted-leases.ts';
import { notePersistFailed, noteStoreRecovered } from './store-failure.ts';
import { createDropped, noteForgotten } from './dropped.ts';
import { noteCopy, notePutBack, renewBoot } from './renew-boot.ts';
import { watchForSuspension } from './suspension.ts';
import { compareTerms, type Position, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { notePersisted, type Turn } from './turn.ts';

/** What a store hands back after a start. */
export interface StoredReplica {
  term: Term;
  log: ReplicaLog;
  witnessed: Position;
  syncSet: MemberId[];
  ledger: StoredLedger;
}

export interface ReplicaOptions extends CoreOptions {
  /** Of the log in memory; the default but in tests. */
  limits?: LogLimits;
  /** Made at random at each start (protocol section 3b). */
  boot: string;
  /** Some of what this member had is missing, or a backup was put in its place. */
  incomplete?: boolean;
}

/** What others, and the admin, have said of the place of this member. */
const nothingSaid = { replacedBy: null, deniesReplacement: false, calledIn: 0 };

/** A member as its store left it. It serves only after it has asked the others (section 6). */
export function createReplica(
  stored: StoredReplica,
  options: ReplicaOptions,
  at: Instant,
): ReplicaState {
  const nowMs = at.monotonicMs;
  const names = new Map(options.names);
  const log = { base: stored.log.base, entries: [...stored.log.entries] };
  const state: ReplicaState = {
    self: options.serverId,
    limits: options.limits ?? logLimitsDefault,
    boot: options.boot,
    names,
    ledger: restoreLedger(stored.ledger, { ...options, names }, at),
    term: stored.term,
    log,
    witnessed: stored.witnessed,
    syncSet: new Set(stored.syncSet),
    configIndex: Math.max(lastConfigIndex(log), 1),
    termIndex: 0,
    persistNumber: 0,
    pendingPersists: [],
    durableTerm: stored.term,
    durableSyncSet: new Set(stored.syncSet),
    durableIndex: lastIndex(log),
    storeFailed: false,
    incomplete: options.incomplete ?? false,
    removed: false,
    leaving: false,
    standsAside: false,
    ...nothingSaid,
    role: { type: 'standby' },
    dropped: createDropped(options.incomplete ? lastIndex(log) : 0),
    active: null,
    commitIndex: 0,
    matchedIndex: 0,
    highestNumber: stored.term.number,
    promisedNumber: stored.term.number,
    peers: new Map(),
    heardSyncSet: [],
    waiting: [],
    held: [],
    pendingEvents: [],
    toldOutOfSync: new Set(),
    departing: [],
    failures: new Map(),
    turnedDown: null,
    apart: new Set(),
    noted: new Set(),
    startedMs: nowMs,
    hasCaughtUp: false,
    lastStep: { monotonicMs: nowMs, wallMs: at.wallMs, tickMs: nowMs },
    wokeMs: null,
    nowMs,
    ...{ lastHeartbeatMs: nowMs, lastPresenceMs: nowMs, lastLedgerTickMs: nowMs },
    rounds: [],
    round: 0,
    nextRoundIsDue: false,
    unsureSinceMs: null,
    leaderlessSinceMs: nowMs,
    outbox: [],
    heard: null,
    differsSinceMs: null,
    exchangeSentMs: null,
    answered: new Map(),
    toldUpTo: new Map(),
  };
  for (const id of others(state)) state.peers.set(id, createPeer(nowMs));
  return state;
}

/** One step of a member: pure, synchronous and total, like the ledger's own. */
export function stepReplica(
  state: ReplicaState,
  event: ReplicaEvent,
  at: Instant,
): ReplicaEffect[] {
  const turn: Turn = { state, at, effects: [] };
  state.nowMs = at.monotonicMs;
  observeClock(state.ledger.time, at);
  if (state.removed) {
    if (event.type === 'requestsReceived') serve(turn, event.requests);
    return turn.effects;
  }
  watchForSuspension(turn);
  handle(turn, event);
  continueHandover(turn);
  return turn.effects;
}

function handle(turn: Turn, event: ReplicaEvent): void {
  const { state } = turn;
  switch (event.type) {
    case 'ticked':
      return tick(turn, event.mayReclaim);
    case 'messageReceived':
      noteTakenBack(state, event.from, event.message);
      if (state.deniesReplacement && event.message.type === 'notMember') return;
      if (greetStranger(turn, event.from, event.message)) receive(turn, event.from, event.message);
      return;
    case 'evidenceFound':
      if (state.peers.has(event.peer)) weigh(turn, event.peer, event.evidence);
      return;
    case 'ledgerMissed':
      return noteMissed(state, event);
    case 'persisted':
      notePersisted(state, event.number);
      if (state.role.type === 'active') advanceCommit(turn);
      return;
    case 'persistFailed':
      notePersistFailed(turn, event.number);
      return tickHandover(turn, false);
    case 'storeRecovered':
      return noteStoreRecovered(turn);
    case 'requestsReceived':
      return serve(turn, event.requests);
    case 'switchoverRequested':
      return beginHandover(turn, event.to, 'switchover');
    case 'leaveRequested':
      return beginLeaving(turn);
    case 'bootRenewed':
      return renewBoot(turn, event.boot);
    case 'putBackNoticed':
      return notePutBack(turn);
    case 'called':
      return noteCalled(turn, event.configVersion, event.term);
    case 'forgottenElsewhere':
      return noteForgotten(turn);
    case 'lossAccepted':
      state.incomplete = false;
      return noteForgotten(turn);
    case 'copyNoticed':
      return noteCopy(turn, event.standsAside);
    case 'replacementDenied':
      return denyReplacement(turn);
    case 'clocksCompared':
      state.apart = new Set(event.apart);
      return;
    case 'namesLearnt':
      for (const [id, name] of Object.entries(event.names)) state.names.set(id, name);
      return;
  }
}

function tick(turn: Turn, mayReclaim: boolean): void {
  const { state } = turn;
  state.lastStep.tickMs = state.nowMs;
  if (knowsLiveActive(state)) state.leaderlessSinceMs = state.nowMs;
  if (state.role.type !== 'active') {
    tickStandby(turn);
    return;
  }
  tickActive(turn);
  tickHandover(turn, mayReclaim);
  if (state.role.type !== 'active' || state.storeFailed) return;
  if (state.nowMs - state.lastLedgerTickMs >= tickMs) {
    state.lastLedgerTickMs = state.nowMs;
    runLedger(turn, [{ type: 'clockTicked' }], (draft) => {
      sweepRows(draft, allHaveAll(state));
      const ready = readyLearner(state);
      if (ready !== undefined) promoteLearner(draft, ready);
    });
  }
}

/** A member that does not count yet, has everything by now, and answers as one that may count. */
function readyLearner(state: ReplicaState): MemberId | undefined {
  return configOf(state).learners?.find((id) => {
    return peerOf(state, id).inSyncSinceMs !== null && isHeard(state, id);
  });
}

/** Every member of the configuration has all that was written so far. */
function allHaveAll(state: ReplicaState): boolean {
  const last = lastWritten(state);
  return others(state).every((id) => peerOf(state, id).matchIndex === last);
}

function weigh(turn: Turn, id: MemberId, evidence: PeerEvidence): void {
  const peer = peerOf(turn.state, id);
  if (evidence === 'connected') noteBack(peer);
  peer.down = evidence === 'connected' ? null : evidence;
  if (evidence === 'connected' || turn.state.role.type === 'active') return;
  tickStandby(turn);
  reconsider(turn);
}

/** It is sent at once what it missed. */
function noteBack(peer: Peer): void {
  peer.resentMs = -Infinity;
}

function receive(turn: Turn, from: MemberId, message: PeerMessage): void {
  const { state } = turn;
  const peer = peerOf(state, from);
  peer.lastHeardMs = state.nowMs;
  peer.hasDissolved = false;
  if (peer.down !== null) noteBack(peer);
  peer.down = null;
  if (message.type === 'presence') noteHindrance(state, from, message.why);
  state.highestNumber = Math.max(state.highestNumber, message.term.number);
  // Whoever asks whether it should serve has promised nothing yet.
  if (message.type !== 'preVote') {
    state.promisedNumber = Math.max(state.promisedNumber, message.term.number);
  }
  if (isFromFollower(message) && compareTerms(message.term, state.term) > 0) {
    // Somebody was promised to: this spell is over.
    if (state.role.type === 'active') stepDown(turn, null);
    if (message.type !== 'preVoteAck' && message.type !== 'voteAck') return;
  }
  const boot = 'boot' in message ? message.boot : undefined;
  if (boot !== undefined && !isPresentBoot(turn, from, boot)) return;
  if (doesNotServe(state, from, message)) {
    if (state.active === from) state.active = null;
    if (message.type === 'presence' || message.type === 'preVoteAck') reconsider(turn);
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
    case 'notMember':
      return noteNotMember(turn, from, message);
    case 'unknownMember':
      return noteUnknownMember(turn, from, message);
    case 'rows':
      return noteRows(turn, from, message);
    case 'gather':
      return noteGather(turn, from, message);
    case 'piece':
      return notePiece(turn, from, message);
    case 'superseded':
    case 'presence':
      return;
    case 'heartbeatAck':
    case 'appendAck':
    case 'appendReject':
    case 'rowsAck':
    case 'buckets':
    case 'found':
      return receiveAtActive(turn, from, message);
  }
}

function receiveAtActive(
  turn: Turn,
  from: MemberId,
  message: Extract<
    PeerMessage,
    {
      type: 'heartbeatAck' | 'appendAck' | 'appendReject' | 'rowsAck' | 'buckets' | 'found';
    }
  >,
): void {
  const { state } = turn;
  if (state.role.type !== 'active' || compareTerms(message.term, state.term) !== 0) return;
  noteFollower(state, from);
  switch (message.type) {
    case 'heartbeatAck':
      noteHeartbeatAck(turn, from, message.round);
      if (message.rows) noteRowsAck(turn, from, message.rows.boot, message.rows.number);
      return;
    case 'rowsAck':
      return noteRowsAck(turn, from, message.boot, message.number);
    case 'buckets':
      return noteBuckets(turn, from, message);
    case 'found':
      return noteFound(turn, from, message);
    case 'appendAck':
      return noteAppendAck(turn, from, message.matchIndex);
    case 'appendReject':
      return noteAppendReject(turn, from, message);
  }
}

function notePiece(
  turn: Turn,
  from: MemberId,
  message: Extract<PeerMessage, { type: 'piece' }>,
): void {
  if (message.asked) noteGathered(turn, from, message);
  else if (follow(turn, from, message.term)) notePieceOfActive(turn, from, message);
}

/** Messages whose term is what their sender promised to keep to. */
function isFromFollower({ type }: PeerMessage): boolean {
  return (
    type === 'heartbeatAck' ||
    type === 'appendAck' ||
    type === 'appendReject' ||
    type === 'superseded' ||
    type === 'presence' ||
    type === 'rowsAck' ||
    type === 'buckets' ||
    type === 'found' ||
    type === 'preVoteAck' ||
    type === 'voteAck'
  );
}
