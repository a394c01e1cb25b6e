import type { Change, StoredLedger } from '../change.ts';
import { restoreLedger } from '../ledger-start.ts';
import { applyChange, type LedgerState, withdrawChange } from '../ledger.ts';
import { stepDown } from './active.ts';
import {
  appendEntry,
  type Entry,
  entriesAfter,
  holds,
  lastIndex,
  lastPosition,
  termAt,
  truncateAfter,
} from './log.ts';
import type { LedgerImage, PeerMessage } from './message.ts';
import { isWitness, type ReplicaState } from './replica-state.ts';
import { comparePositions, compareTerms, type MemberId, samePosition, type Term } from './term.ts';
import { persist, promise, send, sendNow, type Turn } from './turn.ts';

type Append = Extract<PeerMessage, { type: 'append' }>;

/** A divergence is sent again when it was not answered for this long. */
const divergenceEveryMs = 1_000;

/** Accepts the sender as the active of its term, or tells it that it was replaced. */
export function follow(turn: Turn, from: MemberId, term: Term): boolean {
  const { state } = turn;
  if (term.member !== from) return false;
  const order = compareTerms(term, state.term);
  if (order < 0) {
    sendNow(turn, from, { type: 'superseded', term: state.term });
    return false;
  }
  if (order > 0) promise(turn, term);
  if (state.role.type !== 'standby' || state.active !== from) stepDown(turn, from);
  return true;
}

export function noteHeartbeat(
  turn: Turn,
  from: MemberId,
  message: Extract<PeerMessage, { type: 'heartbeat' }>,
): void {
  if (!follow(turn, from, message.term)) return;
  const { state } = turn;
  const durable = { index: state.durableIndex, term: termAt(state.log, state.durableIndex) };
  const ack = isWitness(state)
    ? state.witnessed
    : { index: durable.index, term: durable.term ?? state.log.base.term };
  // Its own term may not be durable yet: the answer counts as a promise, so it waits for that.
  send(turn, from, { type: 'heartbeatAck', term: state.term, round: message.round, durable: ack });
}

export function noteAppend(turn: Turn, from: MemberId, message: Append): void {
  if (!follow(turn, from, message.term)) return;
  const { state } = turn;
  if (isWitness(state)) {
    witness(turn, from, message);
    return;
  }
  const { prev, entries } = message;
  if (!holds(state.log, prev)) {
    reject(turn, from, prev.index);
    return;
  }
  const conflict = entries.find(
    (entry) => entry.index <= lastIndex(state.log) && !holds(state.log, entry),
  );
  if (conflict && !giveUpAfter(turn, from, conflict.index - 1)) return;
  const fresh = entries.filter((entry) => entry.index > lastIndex(state.log));
  if (fresh.length > 0) adopt(turn, fresh);
  const matchIndex = entries.at(-1)?.index ?? prev.index;
  state.commitIndex = Math.max(state.commitIndex, Math.min(message.commitIndex, matchIndex));
  send(turn, from, { type: 'appendAck', term: state.term, matchIndex });
}

function witness(turn: Turn, from: MemberId, message: Append): void {
  const { state } = turn;
  const position = message.entries.at(-1);
  if (!position) return;
  const { index, term } = position;
  if (comparePositions({ index, term }, state.witnessed) > 0) {
    state.witnessed = { index, term };
    persist(turn, { type: 'position', position: state.witnessed });
  }
  send(turn, from, { type: 'appendAck', term: state.term, matchIndex: index });
}

/** The entry before is not here: says where to try next, skipping a whole foreign term at once. */
function reject(turn: Turn, from: MemberId, prevIndex: number): void {
  const { state } = turn;
  const { log } = state;
  let hint = Math.min(lastIndex(log), prevIndex);
  const term = termAt(log, hint);
  if (hint === prevIndex && term) {
    while (hint > log.base.index && compareTerms(termAt(log, hint) ?? term, term) === 0) hint--;
  }
  send(turn, from, {
    type: 'appendReject',
    term: state.term,
    rejectedIndex: prevIndex,
    hintIndex: Math.max(hint, 0),
  });
}

/**
 * The active's log goes another way after `index`. Under `majority` what is here was never
 * committed and is dropped. Under `continuity` it may have been told to clients: it is merged first.
 */
function giveUpAfter(turn: Turn, from: MemberId, index: number): boolean {
  const { state } = turn;
  if (state.membership.rule === 'continuity') {
    const last = lastPosition(state.log);
    const merged = state.mergedUpTo !== null && samePosition(state.mergedUpTo, last);
    if (!merged && !wasNeverTold(state, from, index)) {
      const term = termAt(state.log, index);
      if (!term) throw new Error(`entry ${index} is not in the log`);
      sendDivergence(turn, from, index);
      return false;
    }
  } else if (index < state.commitIndex) {
    throw new Error(`entry ${index + 1} is committed and cannot be dropped`);
  }
  withdrawAfter(turn, index);
  return true;
}

/**
 * The new active was in the sync set of this member's last spell, so what it does not have was
 * never committed and told to no client.
 */
function wasNeverTold(state: ReplicaState, active: MemberId, index: number): boolean {
  if (!state.durableSyncSet.has(active)) return false;
  const { term } = lastPosition(state.log);
  const since = entriesAfter(state.log, index, Number.MAX_SAFE_INTEGER);
  return term.member === state.self && since.every((entry) => compareTerms(entry.term, term) === 0);
}

function sendDivergence(turn: Turn, to: MemberId, commonIndex: number | null): void {
  const { state } = turn;
  if (!state.ledger) return;
  const { divergenceSentMs } = state;
  if (divergenceSentMs !== null && state.nowMs - divergenceSentMs < divergenceEveryMs) return;
  state.divergenceSentMs = state.nowMs;
  const commonTerm = commonIndex === null ? undefined : termAt(state.log, commonIndex);
  const known = commonIndex !== null && commonTerm !== undefined;
  const after = known ? commonIndex : state.log.base.index;
  send(turn, to, {
    type: 'divergence',
    term: state.term,
    common: known ? { index: commonIndex, term: commonTerm } : null,
    entries: entriesAfter(state.log, after, Number.MAX_SAFE_INTEGER),
    ledger: copyLedger(state.ledger),
    last: lastPosition(state.log),
  });
}

function copyLedger(ledger: LedgerState): StoredLedger {
  return {
    meta: { ...ledger.meta },
    leases: [...ledger.leases.values()],
    licenses: [...ledger.licenses.values()],
    vendors: [...ledger.vendors.values()],
    ended: [...ledger.endedLeases],
  };
}

function adopt(turn: Turn, entries: readonly Entry[]): void {
  const { state } = turn;
  for (const entry of entries) {
    appendEntry(state.log, entry);
    for (const change of entry.changes) if (state.ledger) applyChange(state.ledger, change);
  }
  persist(turn, { type: 'append', entries });
}

function withdrawAfter(turn: Turn, index: number): void {
  const { state } = turn;
  const withdrawn: Change[] = truncateAfter(state.log, index).flatMap((entry) => [
    ...entry.changes,
  ]);
  if (state.ledger) {
    for (const change of withdrawn.toReversed()) withdrawChange(state.ledger, change);
    const meta = withdrawn.find((change) => change.type === 'meta');
    if (meta) {
      state.ledger.meta = { ...meta.before };
      state.ledger.flushedMeta = meta.before;
    }
  }
  for (const pending of state.pendingPersists)
    pending.lastIndex = Math.min(pending.lastIndex, index);
  state.durableIndex = Math.min(state.durableIndex, index);
  persist(turn, { type: 'truncate', afterIndex: index, withdrawn });
}

/** Takes the whole ledger in the place of its own, which is merged before if need be. */
export function noteImage(
  turn: Turn,
  from: MemberId,
  { term, image, commitIndex }: { term: Term; image: LedgerImage; commitIndex: number },
): void {
  if (!follow(turn, from, term)) return;
  const { state } = turn;
  if (isWitness(state) || !state.ledger) return;
  const last = lastPosition(state.log);
  if (holds(state.log, image.position)) {
    send(turn, from, { type: 'appendAck', term: state.term, matchIndex: image.position.index });
    return;
  }
  const merged = state.mergedUpTo && samePosition(state.mergedUpTo, last);
  if (state.membership.rule === 'continuity' && last.index > 0 && !merged) {
    sendDivergence(turn, from, null);
    return;
  }
  const { serverId, demoVendorKeyId, meta } = state.ledger;
  state.ledger = restoreLedger(
    image.ledger,
    { serverId, demoVendorKeyId, newLedgerId: meta.id },
    turn.at,
  );
  state.log.base = image.position;
  state.log.entries = [];
  state.commitIndex = Math.min(commitIndex, image.position.index);
  for (const pending of state.pendingPersists) pending.lastIndex = 0;
  state.durableIndex = 0;
  persist(turn, { type: 'image', image });
  send(turn, from, { type: 'appendAck', term: state.term, matchIndex: image.position.index });
}
