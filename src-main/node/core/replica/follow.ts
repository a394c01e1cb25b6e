import { stepDown } from './active.ts';
import { compareTerms, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { promise, sendNow, type Turn } from './turn.ts';

/**
 * Accepts the sender as the active of its term, or tells it that it was replaced. False as well
 * while nothing can be promised, because the store fails.
 */
export function follow(turn: Turn, from: MemberId, term: Term): boolean {
  const { state } = turn;
  if (term.member !== from) return false;
  const order = compareTerms(term, state.term);
  if (order < 0) {
    sendNow(turn, from, { type: 'superseded', term: state.term });
    return false;
  }
  if (order > 0 && !state.storeFailed) promise(turn, term);
  if (state.role.type !== 'standby' || state.active !== from) stepDown(turn, from);
  state.noted.clear();
  state.turnedDown = null;
  return compareTerms(term, state.term) === 0;
}
