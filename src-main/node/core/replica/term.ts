import { compareText } from '../rows/compare-rows.ts';
import type { MemberId } from '../ledger/member-id.ts';

/**
 * One spell of leadership. The member is part of it, so that two members can never claim the same
 * term, under either rule (protocol section 4).
 */
export interface Term {
  readonly number: number;
  readonly member: MemberId;
  /**
   * Under `continuity`: the start of the member that leads in it, so that a disk that was wiped or put
   * back leads to no term twice (protocol section 3b).
   */
  readonly boot?: string;
}

/** Before any spell. */
export const noTerm: Term = { number: 0, member: '' };

/** Negative when `a` is the earlier one, 0 when they are the same. */
export function compareTerms(a: Term, b: Term): number {
  return (
    a.number - b.number ||
    compareText(a.member, b.member) ||
    compareText(a.boot ?? '', b.boot ?? '')
  );
}

/** A place in a log: which entry, and in which term it was made. */
export interface Position {
  readonly index: number;
  readonly term: Term;
}

export const noPosition: Position = { index: 0, term: noTerm };

/** Order of two logs by how far they are: the later last term, then the longer log. */
export function comparePositions(a: Position, b: Position): number {
  return compareTerms(a.term, b.term) || a.index - b.index;
}

export function samePosition(a: Position, b: Position): boolean {
  return comparePositions(a, b) === 0;
}
