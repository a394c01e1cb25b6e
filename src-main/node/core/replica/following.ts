import { noteReplaced, noteWithdrawn } from './dropped.ts';
import { follow } from './follow.ts';
import { askForAll } from './ask-difference.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import { type CoreOptions, restoreLedger } from '../ledger/ledger-start.ts';
import { noteLedgerTime } from '../ledger/ledger-time.ts';
import { applyChange, followRevisions, withdrawEntries } from '../ledger/ledger.ts';
import { compactLog } from './commit.ts';
import { missingSpells } from './row-history.ts';
import { noteRowsHeartbeat } from './follow-rows.ts';
import {
  appendEntry,
  type Entry,
  holds,
  lastConfigIndex,
  lastIndex,
  lastPosition,
  termAt,
  truncateAfter,
} from './log.ts';
import type { PeerMessage } from './message.ts';
import {
  configOf,
  isWitness,
  keepsRows,
  mayHaveForgotten,
  type ReplicaState,
} from './replica-state.ts';
import { syncPeers } from './sync-set.ts';
import { comparePositions, compareTerms, noPosition, type Position, samePosition } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { forgetNumbers, persist, send, sendNow, type Turn } from './turn.ts';

type Append = Extract<PeerMessage, { type: 'append' }>;
type Image = Extract<PeerMessage, { type: 'image' }>;

export function noteHeartbeat(
  turn: Turn,
  from: MemberId,
  message: Extract<PeerMessage, { type: 'heartbeat' }>,
): void {
  if (!follow(turn, from, message.term)) return;
  const { state } = turn;
  state.heardSyncSet = message.syncSet;
  if (keepsRows(state)) {
    if (!state.storeFailed) noteRowsHeartbeat(turn, from, message);
    noteCommit(turn, message.commitIndex);
    return;
  }
  if (message.rows && message.configVersion > configOf(state).version) askForAll(turn, from);
  noteCommit(turn, message.commitIndex);
  if (state.storeFailed && compareTerms(state.durableTerm, state.term) !== 0) return;
  // The active is to hear that this member lives; a round that there never was decides nothing.
  const round = state.incomplete ? 0 : message.round;
  const ack: PeerMessage = { type: 'heartbeatAck', term: state.term, round };
  // The answer counts as a promise: it waits for a term that is not durable yet, and for nothing else.
  if (compareTerms(state.durableTerm, state.term) === 0) sendNow(turn, from, ack);
  else send(turn, from, ack);
}

/**
 * The log is the active's own up to here; with all that was committed, this member has caught up.
 */
function noteMatch(turn: Turn, matchIndex: number, commitIndex: number): void {
  const { state } = turn;
  state.matchedIndex = Math.max(state.matchedIndex, matchIndex);
  noteCommit(turn, commitIndex);
  if (matchIndex < commitIndex) return;
  state.hasCaughtUp = true;
  settleLoss(state);
}

/** Only what is known to be the active's own log is committed with it. */
function noteCommit(turn: Turn, commitIndex: number): void {
  const { state } = turn;
  const index = Math.min(commitIndex, state.matchedIndex);
  if (index > state.commitIndex) {
    state.commitIndex = index;
    compactLog(turn);
  }
  if (state.matchedIndex >= commitIndex) settleLoss(state);
}

/**
 * The others have decided without this member that it does not count, and it has everything that was
 * committed by then: what it acknowledged before it lost some of that is part of it, and no election
 * that it voted in and forgot can be won any more.
 */
function settleLoss(state: ReplicaState): void {
  if (keepsRows(state) || mayHaveForgotten(state)) return;
  if (state.commitIndex < state.configIndex) return;
  state.incomplete = false;
}

export function noteAppend(turn: Turn, from: MemberId, message: Append): void {
  if (!follow(turn, from, message.term)) return;
  const { state } = turn;
  if (state.storeFailed) return;
  if (keepsRows(state)) {
    // The configuration here is of the past: this member asks for the ledger as a whole.
    rejectAll(turn, from, message.prev.index);
    return;
  }
  if (isWitness(state)) {
    witness(turn, from, message);
    return;
  }
  const { prev, entries } = reachBase(state, message);
  // A member that has nothing yet gets the ledger as a whole: on the way through the log it would
  // go by configurations of the past, and could believe that it serves alone.
  if (lastIndex(state.log) === 0 || !holds(state.log, prev)) {
    reject(turn, from, prev);
    return;
  }
  // What this member had before is acknowledged too: an entry of this message may count the member in again.
  noteMatch(turn, prev.index, message.commitIndex);
  // By that the log may have been compacted: what is up to its base was committed, and is the same.
  const { log } = state;
  const kept = entries.filter(({ index }) => index > log.base.index && index <= lastIndex(log));
  const conflict = kept.find((entry) => !holds(log, entry));
  if (conflict) withdrawAfter(turn, from, conflict.index - 1);
  const fresh = entries.filter(({ index }) => index > lastIndex(log));
  if (fresh.length > 0) adopt(turn, fresh);
  const matchIndex = entries.at(-1)?.index ?? prev.index;
  noteMatch(turn, matchIndex, message.commitIndex);
  acknowledge(turn, from, matchIndex);
}

function acknowledge(turn: Turn, to: MemberId, matchIndex: number): void {
  const { state } = turn;
  if (mayHaveForgotten(state)) return;
  send(turn, to, { type: 'appendAck', term: state.term, matchIndex });
}

/** Leaves out entries that are kept only as their effects, when the base is one of them. */
function reachBase({ log }: ReplicaState, { prev, entries }: Append): Append | PrevAndEntries {
  if (prev.index >= log.base.index) return { prev, entries };
  const at = entries.findIndex((entry) => samePosition(entry, log.base));
  return at < 0 ? { prev, entries } : { prev: log.base, entries: entries.slice(at + 1) };
}

type PrevAndEntries = Pick<Append, 'prev' | 'entries'>;

function witness(turn: Turn, from: MemberId, message: Append): void {
  const { state } = turn;
  const position = message.entries.at(-1);
  if (!position) return;
  const { index, term, changes } = position;
  if (comparePositions({ index, term }, state.witnessed) >= 0) {
    const before = state.witnessed;
    state.witnessed = { index, term };
    persist(
      turn,
      { type: 'position', position: state.witnessed },
      { type: 'position', position: before },
    );
    for (const change of changes) if (change.type === 'config') keepConfig(turn, change.after);
  }
  acknowledge(turn, from, index);
}

function keepConfig(turn: Turn, config: LedgerConfig): void {
  const { ledger } = turn.state;
  const before = ledger.config;
  applyChange(ledger, { type: 'config', before, after: config });
  persist(turn, { type: 'config', config }, { type: 'config', config: before });
  syncPeers(turn);
}

function rejectAll(turn: Turn, from: MemberId, rejectedIndex: number): void {
  const nothing = { hint: noPosition, base: noPosition, usageSequence: 0, eventSequence: 0 };
  send(turn, from, { type: 'appendReject', term: turn.state.term, rejectedIndex, ...nothing });
}

/**
 * The entry before is not here: says where to try next. Of a term that is later than the active's at that place
 * it has nothing; of an earlier one it may have the beginning, which the active finds by the term that is said.
 */
function reject(turn: Turn, from: MemberId, prev: Position): void {
  const { state } = turn;
  const { log } = state;
  let hint = Math.min(lastIndex(log), Math.max(prev.index, log.base.index));
  if (hint === prev.index) {
    const isLater = (index: number) =>
      compareTerms(termAt(log, index) ?? log.base.term, prev.term) > 0;
    while (hint > log.base.index && isLater(hint)) hint--;
  }
  send(turn, from, {
    type: 'appendReject',
    term: state.term,
    rejectedIndex: prev.index,
    hint: { index: hint, term: termAt(log, hint) ?? log.base.term },
    base: log.base,
    ...commonHistory(state),
  });
}

/** Numbers up to which usage and timeline here are those of the active for sure. */
function commonHistory(state: ReplicaState) {
  const first = state.log.entries.flatMap(({ changes }) => changes).find(isMeta);
  const { usageSequence, eventSequence } = first ? first.before : state.ledger.meta;
  return isPrefix(state)
    ? { usageSequence, eventSequence }
    : { usageSequence: 0, eventSequence: 0 };
}

/** Everything up to the base of this log is in that of the active, and under the same numbers. */
function isPrefix({ log, term, commitIndex }: ReplicaState): boolean {
  if (compareTerms(lastPosition(log).term, term) === 0) return true;
  // An image can hold entries that came to nothing, so after a start that is not known.
  return commitIndex >= log.base.index;
}

function isMeta(change: Entry['changes'][number]) {
  return change.type === 'meta';
}

function adopt(turn: Turn, entries: readonly Entry[]): void {
  const { state } = turn;
  const afterIndex = lastIndex(state.log);
  for (const entry of entries) {
    appendEntry(state.log, entry);
    for (const change of entry.changes) {
      applyChange(state.ledger, change);
      if (change.type === 'config') state.configIndex = entry.index;
    }
  }
  persist(turn, { type: 'append', entries }, { type: 'append', afterIndex });
  if (state.configIndex > afterIndex) syncPeers(turn);
}

/**
 * The active's log goes another way after `index`: what is here was never committed, unless a member has
 * forgotten that it had confirmed it.
 */
function withdrawAfter(turn: Turn, active: MemberId, index: number): void {
  const { state } = turn;
  const removed = truncateAfter(state.log, index);
  noteWithdrawn(turn, active, removed);
  const withdrawn = removed.flatMap((entry) => [...entry.changes]);
  withdrawEntries(state.ledger, withdrawn);
  for (const pending of state.pendingPersists) {
    pending.lastIndex = Math.min(pending.lastIndex, index);
  }
  state.durableIndex = Math.min(state.durableIndex, index);
  state.commitIndex = Math.min(state.commitIndex, index);
  persist(turn, { type: 'truncate', afterIndex: index, withdrawn }, { type: 'truncate', removed });
  if (state.configIndex > index) {
    state.configIndex = lastConfigIndex(state.log);
    syncPeers(turn);
  }
}

/** How a ledger is made of an image that takes the place of this one. */
export function imageOptions({ self: serverId, names, ledger }: ReplicaState): CoreOptions {
  const { demoVendorKeyId, meta, rowLifeMsMin: rowLifeMs, time } = ledger;
  return { serverId, demoVendorKeyId, newLedgerId: meta.id, names, rowLifeMs, time };
}

/** Takes the whole ledger in the place of its own. */
export function noteImage(turn: Turn, from: MemberId, message: Image): void {
  if (!follow(turn, from, message.term)) return;
  const { state } = turn;
  if (isWitness(state) || state.storeFailed) return;
  const { image, commitIndex, usageAfter, eventsAfter } = message;
  const { index } = image.position;
  // An image that was asked for twice may come when the log has gone on and is compacted beyond it.
  if (index > state.matchedIndex && !holds(state.log, image.position)) {
    const { meta, time } = state.ledger;
    const before = { ledger: state.ledger, log: { ...state.log } };
    const { restored } = message;
    // The ledger may have become another one while that was made.
    if (restored?.time === time) {
      state.ledger = restored;
      restored.clock.lastMonotonicMs = turn.at.monotonicMs;
    } else state.ledger = restoreLedger(image.ledger, imageOptions(state), turn.at);
    followRevisions(state.ledger, before.ledger);
    noteReplaced(turn, from, before.ledger);
    noteLedgerTime(time, state.ledger.meta.wallHighMs, state.ledger.meta.timesSet > meta.timesSet);
    state.log.base = image.position;
    state.log.entries = [];
    state.configIndex = index;
    state.commitIndex = Math.min(commitIndex, index);
    forgetNumbers(state);
    const gaps = missingSpells(before.ledger, image.ledger.rows ?? []);
    persist(
      turn,
      { type: 'image', image, usageAfter, eventsAfter, gaps },
      { type: 'image', ...before },
    );
    syncPeers(turn);
  }
  noteMatch(turn, index, commitIndex);
  acknowledge(turn, from, index);
}
