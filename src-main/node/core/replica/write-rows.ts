import type { Change } from '../ledger/change.ts';
import { rootText } from '../rows/digest.ts';
import type { Row } from '../rows/row.ts';
import { configOf, others, peerOf, type ReplicaState, type Undo } from './replica-state.ts';
import { syncPeers } from './sync-set.ts';
import type { Write } from './replica-effect.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { persistAll, send, type Turn } from './turn.ts';
import { missingHistory, spellHistoryIn } from './row-history.ts';

/**
 * Makes a write of the own spell of these changes, which are in force in the ledger already, and sends
 * their rows. Whoever has the same rows after it says so by its number (protocol section 3). `begins`:
 * what is durable together with it, when the ledger is kept as rows from this write on.
 */
export function writeRows(
  turn: Turn,
  changes: readonly Change[],
  begins?: { write: Write; undo: Undo },
): void {
  const { state } = turn;
  const { rows, spell } = state.ledger;
  if (!rows || !spell) throw new Error('rows are written by who does not serve');
  const { write: number } = spell;
  // Where the ledger begins to be kept as rows nobody else is a member.
  if (!begins) {
    state.outbox.push({
      number,
      rows: newestRows(changes),
      history: spellHistoryIn(changes),
      root: rootText(rows.digest),
      markMs: rows.markMs,
    });
    trimOutbox(state);
  }
  const gaps = missingHistory(changes);
  const rowsWrite: Write = { type: 'rows', changes, gaps };
  const writes = begins ? [begins.write, rowsWrite] : [rowsWrite];
  persistAll(turn, writes, begins?.undo ?? { type: 'rows', changes });
  if (changes.some((change) => change.type === 'config')) {
    state.configIndex = number;
    syncPeers(turn);
  }
  for (const id of others(state)) sendWrites(turn, id);
}

/** Of several changes of one row in a write only the last one is told. */
function newestRows(changes: readonly Change[]): Row[] {
  const newest = new Map<string, Row>();
  for (const change of changes) {
    if (!('row' in change) || !change.row) continue;
    const { before, after } = change.row;
    const row = after ?? before;
    if (!row) continue;
    if (after) newest.set(`${row.kind} ${row.id}`, after);
    else newest.delete(`${row.kind} ${row.id}`);
  }
  return [...newest.values()];
}

/** A member that is further behind gets what differs, and not one write after the other. */
function trimOutbox(state: ReplicaState): void {
  const { outbox, limits } = state;
  let rowCount = outbox.reduce((sum, { rows }) => sum + rows.length, 0);
  while (outbox.length > limits.entriesMax || (outbox.length > 1 && rowCount > limits.changesMax)) {
    rowCount -= outbox.shift()?.rows.length ?? 0;
  }
}

/** Sends a member the writes that it was not sent yet. */
export function sendWrites(turn: Turn, to: MemberId): void {
  const { state } = turn;
  const peer = peerOf(state, to);
  for (const write of state.outbox) {
    if (write.number < peer.nextIndex) continue;
    peer.nextIndex = write.number + 1;
    peer.unackedSinceMs ??= state.nowMs;
    send(turn, to, {
      type: 'rows',
      term: state.term,
      configVersion: configOf(state).version,
      ...write,
      commitIndex: state.commitIndex,
    });
  }
}

/** Sends again what was not acknowledged, as far as it is still at hand. */
export function resendWrites(turn: Turn, to: MemberId): void {
  const peer = peerOf(turn.state, to);
  peer.nextIndex = peer.matchIndex + 1;
  peer.unackedSinceMs ??= turn.state.nowMs;
  sendWrites(turn, to);
}
