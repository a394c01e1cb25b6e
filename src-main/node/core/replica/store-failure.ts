import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import {
  applyChange,
  followRevisions,
  type LedgerState,
  withdrawEntries,
} from '../ledger/ledger.ts';
import { stepDown } from './active.ts';
import { refuseRequest } from './answering.ts';
import { appendEntry, lastConfigIndex, lastIndex, truncateAfter } from './log.ts';
import { writeTold } from './noted-leases.ts';
import { keepsRows, lastWritten, type ReplicaState, type Undo } from './replica-state.ts';
import { syncPeers } from './sync-set.ts';
import { compareTerms } from './term.ts';
import { persist, type Turn } from './turn.ts';

/**
 * Goes back to what is durable: nothing that depends on the lost writes has left this server. From
 * then on this member only renews what it has, or gives its place to another (protocol section 3).
 */
export function notePersistFailed(turn: Turn, number: number): void {
  const { state } = turn;
  const lost = state.pendingPersists.filter((pending) => pending.number >= number);
  state.pendingPersists = state.pendingPersists.filter((pending) => pending.number < number);
  for (const { undo } of lost.toReversed()) if (undo) takeBack(state, undo);
  const last = lastWritten(state);
  if (state.pendingPersists.length === 0) state.durableIndex = last;
  state.outbox = state.outbox.filter(({ number }) => number <= last);
  state.syncSet = state.durableSyncSet;
  state.configIndex = keepsRows(state)
    ? Math.min(state.configIndex, Math.max(last, 1))
    : lastConfigIndex(state.log);
  state.commitIndex = Math.min(state.commitIndex, last);
  state.matchedIndex = Math.min(state.matchedIndex, last);
  state.storeFailed = true;
  // An entry that said what lost may be gone with the write: it may rather be said twice.
  state.ledger.lost.said.clear();
  syncPeers(turn);
  for (const peer of state.peers.values()) peer.nextIndex = Math.min(peer.nextIndex, last + 1);
  // Writes are numbered by the rule: where that goes back, no number says what is lost of what waits.
  const isRuleLost = lost.some(({ undo }) => undo?.type === 'rule');
  const isLost = ({ index }: { index: number }) => isRuleLost || index > last;
  for (const { requestId } of state.waiting.filter(isLost)) {
    refuseRequest(turn, requestId, 'storeFailed', null);
  }
  state.waiting = state.waiting.filter((one) => !isLost(one));
  if (state.role.type === 'campaigning' || state.role.type === 'gathering')
    state.role = { type: 'standby' };
  const began = compareTerms(state.durableTerm, state.term) === 0 && state.termIndex <= last;
  if (state.role.type === 'active' && !began) stepDown(turn, null);
}

function takeBack(state: ReplicaState, undo: Undo): void {
  switch (undo.type) {
    case 'append': {
      const removed = truncateAfter(state.log, undo.afterIndex);
      withdrawEntries(
        state.ledger,
        removed.flatMap((entry) => [...entry.changes]),
      );
      return;
    }
    case 'rows':
      withdrawEntries(state.ledger, undo.changes);
      state.matchedIndex = 0;
      // What is answered went by rows that are not here now.
      state.exchangeSentMs = null;
      return;
    case 'truncate':
      knowNoMoreThan(state, lastIndex(state.log));
      for (const entry of undo.removed) {
        appendEntry(state.log, entry);
        for (const change of entry.changes) applyChange(state.ledger, change);
      }
      return;
    case 'image':
      knowNoMoreThan(state, 0);
      goBackTo(state, undo.ledger);
      state.log.base = undo.log.base;
      state.log.entries = undo.log.entries;
      return;
    case 'rule':
      withdrawEntries(state.ledger, undo.begun);
      goBackTo(state, undo.ledger);
      state.log.base = undo.log.base;
      state.log.entries = undo.log.entries;
      withdrawEntries(state.ledger, undo.changes);
      return;
    case 'position':
      state.witnessed = undo.position;
      return;
    case 'config':
      takeBackConfig(state, undo.config);
      return;
  }
}

function goBackTo(state: ReplicaState, ledger: LedgerState): void {
  followRevisions(ledger, state.ledger);
  state.ledger = ledger;
}

/** What was known of the active's log beyond this was of entries that are not here now. */
function knowNoMoreThan(state: ReplicaState, index: number): void {
  state.commitIndex = Math.min(state.commitIndex, index);
  state.matchedIndex = Math.min(state.matchedIndex, index);
}

function takeBackConfig({ ledger }: ReplicaState, config: LedgerConfig): void {
  applyChange(ledger, { type: 'config', before: ledger.config, after: config });
}

/** The store works again: what it missed is written anew, before anything depends on it. */
export function noteStoreRecovered(turn: Turn): void {
  const { state } = turn;
  if (!state.storeFailed) return;
  state.storeFailed = false;
  persist(turn, { type: 'term', term: state.term });
  persist(turn, { type: 'syncSet', members: [...state.syncSet] });
  if (state.role.type !== 'active') writeTold(turn);
  syncPeers(turn);
}
