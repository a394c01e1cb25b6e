import { participants } from '../../../../src-shared/model/ledger-config.ts';
import { releaseReplies } from './answering.ts';
import { changeCount, compact, lastIndex, termAt } from './log.ts';
import { configOf, keepsRows, others, peerOf, type ReplicaState, ruleOf } from './replica-state.ts';
import { majorityOf } from './quorum.ts';
import { replicate } from './replicating.ts';
import { compareTerms } from './term.ts';
import { persist, send, tellNotMember, type Turn } from './turn.ts';

/** Moves the commit on as the rule allows, and gives the answers that waited for it. */
export function advanceCommit(turn: Turn): void {
  const { state } = turn;
  const index = commitIndexNow(state);
  if (index > state.commitIndex) {
    state.commitIndex = index;
    compactLog(turn);
  }
  if (keepsRows(state)) state.ledger.toldWrite = state.commitIndex;
  finishMerges(turn);
  const settled = state.commitIndex >= Math.max(state.configIndex, state.termIndex);
  state.ledger.votersUnsettled = !settled;
  if (settled) dismiss(turn);
  releaseReplies(turn);
}

function commitIndexNow(state: ReplicaState): number {
  if (ruleOf(state) === 'majority') return majorityIndex(state);
  return keepsRows(state) ? rowsIndex(state) : syncSetIndex(state);
}

/** A write holds when every member of the sync set has it durably (protocol section 3). */
function rowsIndex(state: ReplicaState): number {
  const present = others(state).filter((id) => state.syncSet.has(id));
  return Math.min(state.durableIndex, ...present.map((id) => peerOf(state, id).matchIndex));
}

function majorityIndex(state: ReplicaState): number {
  const matches = [state.durableIndex, ...others(state).map((id) => peerOf(state, id).matchIndex)];
  matches.sort((a, b) => b - a);
  const index = matches[majorityOf(state) - 1] ?? 0;
  const term = termAt(state.log, index);
  // Only entries of the own term are committed by counting (Raft, section 5.4.2).
  return term && compareTerms(term, state.term) === 0 ? index : state.commitIndex;
}

/**
 * A member counts until its leaving is durable, and from the moment that it joins: it is in what is
 * on the disk, or comes to be there, when this server stops at any time.
 */
function syncSetIndex(state: ReplicaState): number {
  const present = participants(configOf(state).membership);
  const sets = [state.syncSet, state.durableSyncSet];
  for (const { syncSet } of state.pendingPersists) {
    if (syncSet !== sets.at(-1)) sets.push(syncSet);
  }
  const matches = [...new Set(sets.flatMap((set) => [...set]))]
    .filter((id) => present.includes(id))
    .map((id) => (id === state.self ? state.durableIndex : peerOf(state, id).matchIndex));
  return Math.min(state.durableIndex, ...matches);
}

/** Keeps what a member may still need, up to a limit of entries and of changes in them. */
export function compactLog(turn: Turn): void {
  const { state } = turn;
  const { log, limits } = state;
  if (state.storeFailed || keepsRows(state)) return;
  let keep = limits.entriesMax;
  if (log.entries.length <= limits.entriesMax) {
    if (changeCount(log) <= limits.changesMax) return;
    keep = log.entries.length;
  }
  const to = Math.min(state.commitIndex, state.durableIndex, lastIndex(log) - Math.floor(keep / 2));
  if (to <= log.base.index) return;
  compact(log, to);
  persist(turn, { type: 'compact', toIndex: to });
}

/**
 * Members whose own grants are merged durably may drop their log for this one. Under `majority`, to
 * which the ledger was changed while they were away, their own acknowledgement may be needed first.
 */
function finishMerges(turn: Turn): void {
  const { state } = turn;
  const safeIndex = ruleOf(state) === 'majority' ? state.durableIndex : state.commitIndex;
  for (const { from, last, index } of state.merges) {
    if (index > safeIndex) continue;
    send(turn, from, { type: 'merged', term: state.term, last });
    const peer = state.peers.get(from);
    if (!peer) continue;
    peer.imageSentMs = null;
    replicate(turn, from);
  }
  state.merges = state.merges.filter(({ index }) => index > safeIndex);
}

/** Tells members that were taken out, now that this is committed. */
function dismiss(turn: Turn): void {
  const { state } = turn;
  for (const id of state.departing.splice(0)) tellNotMember(turn, id);
}
