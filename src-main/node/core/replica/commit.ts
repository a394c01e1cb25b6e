import { releaseReplies } from './answering.ts';
import { changeCount, compact, lastIndex, termAt } from './log.ts';
import { keepsRows, others, peerOf, type ReplicaState } from './replica-state.ts';
import { majorityOf, otherVoters } from './quorum.ts';
import { compareTerms } from './term.ts';
import { persist, tellNotMember, type Turn } from './turn.ts';

/** Moves the commit on as the rule allows, and gives the answers that waited for it. */
export function advanceCommit(turn: Turn): void {
  const { state } = turn;
  const index = commitIndexNow(state);
  if (index > state.commitIndex) {
    state.commitIndex = index;
    compactLog(turn);
  }
  if (keepsRows(state)) state.ledger.toldWrite = state.commitIndex;
  const settled = state.commitIndex >= Math.max(state.configIndex, state.termIndex);
  state.ledger.votersUnsettled = !settled;
  if (settled) dismiss(turn);
  releaseReplies(turn);
}

function commitIndexNow(state: ReplicaState): number {
  return keepsRows(state) ? rowsIndex(state) : majorityIndex(state);
}

/**
 * A write holds when every member of the sync set has it durably (protocol section 3). Whoever leaves the
 * set is waited for until that is durable as well: an answer cannot be taken back with a write that fails.
 */
function rowsIndex(state: ReplicaState): number {
  const { syncSet, durableSyncSet } = state;
  const present = others(state).filter(
    (id) => syncSet.has(id) || durableSyncSet.has(id) || peerOf(state, id).isAwaited,
  );
  return Math.min(state.durableIndex, ...present.map((id) => peerOf(state, id).matchIndex));
}

function majorityIndex(state: ReplicaState): number {
  const acknowledged = otherVoters(state).map((id) => peerOf(state, id).matchIndex);
  const matches = [state.durableIndex, ...acknowledged];
  matches.sort((a, b) => b - a);
  const index = matches[majorityOf(state) - 1] ?? 0;
  const term = termAt(state.log, index);
  // Only entries of the own term are committed by counting (Raft, section 5.4.2).
  return term && compareTerms(term, state.term) === 0 ? index : state.commitIndex;
}

/**
 * Forgets the beginning of the log when it has more entries, or more changes in them, than the limits
 * allow. Half of what is allowed stays, for members that are behind, and so that this happens rarely.
 */
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

/** Tells the members that were taken out, now that the configuration without them is committed. */
function dismiss(turn: Turn): void {
  const { state } = turn;
  for (const id of state.departing.splice(0)) tellNotMember(turn, id);
}
