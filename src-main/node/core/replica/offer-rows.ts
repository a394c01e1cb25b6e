import type { MemberId } from '../ledger/member-id.ts';
import type { Row } from '../rows/row.ts';
import { send, type Turn } from './turn.ts';

/** Rows that one piece has at most, so that heartbeats pass between two. */
export const rowsPerPiece = 400;

/** Offers rows to the active. */
export function offerRows(turn: Turn, to: MemberId, rows: readonly Row[]): void {
  const { term } = turn.state;
  for (let at = 0; at < rows.length; at += rowsPerPiece) {
    send(turn, to, { type: 'found', term, rows: rows.slice(at, at + rowsPerPiece) });
  }
}

/**
 * Shows the active what lost here: to its rows, which know nothing of it, and in a takeover of this member that
 * came to nothing. The active says it.
 */
export function offerLost(turn: Turn, to: MemberId, lost: readonly Row[]): void {
  const { pending } = turn.state.ledger.lost;
  const before = Array.from(pending.values(), ({ gone }) => gone);
  pending.clear();
  offerRows(turn, to, [...before, ...lost]);
}
