import type { MemberId } from '../ledger/member-id.ts';
import type { PeerMessage } from './message.ts';
import type { ReplicaState } from './replica-state.ts';
import { compareTerms } from './term.ts';

/** The sender, which may be taken to serve, shows by this message that it does not. */
export function doesNotServe(state: ReplicaState, from: MemberId, message: PeerMessage): boolean {
  return (
    isFromStandby(state, message) ||
    isFromLaterStart(state, from, message) ||
    hasLostThePlace(state, from, message) ||
    hasForgottenTheTerm(state, from, message)
  );
}

/**
 * It was given the place and has not been heard to serve since, or it served in a term that names no start
 * of it: with a disk that was put back it may know of no such thing, and only says that it lives.
 */
function hasLostThePlace(
  { active, term }: ReplicaState,
  from: MemberId,
  { type }: PeerMessage,
): boolean {
  if (type !== 'presence' || active !== from) return false;
  return term.member !== from || term.boot === undefined;
}

/**
 * The active of the term that is known here was started anew and does not serve: with a disk that was
 * wiped or put back it may know of no such term.
 */
function isFromLaterStart({ term }: ReplicaState, from: MemberId, message: PeerMessage): boolean {
  if (message.type !== 'presence') return false;
  return term.member === from && term.boot !== undefined && term.boot !== message.boot;
}

/**
 * Asked since by this member, the active of the term that is known here answers by an earlier one: its
 * disk was put back. By what is on that disk this member may be a stranger, who hears nothing else of it.
 */
function hasForgottenTheTerm(
  { active, term }: ReplicaState,
  from: MemberId,
  message: PeerMessage,
): boolean {
  if (message.type !== 'preVoteAck' || active !== from) return false;
  return compareTerms(message.asked, term) >= 0 && compareTerms(message.term, term) < 0;
}

/** The sender serves in no term that is known here, nor began to after it sent this. */
function isFromStandby(state: ReplicaState, { type, term }: PeerMessage): boolean {
  const order = compareTerms(term, state.term);
  if (type === 'presence') return order >= 0;
  return (type === 'preVote' || type === 'vote') && order > 0;
}
