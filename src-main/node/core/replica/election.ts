import { becomeActive } from './active.ts';
import { knowsLiveActive } from './failure-detector.ts';
import type { HandoverReason, PeerMessage } from './message.ts';
import { majorityOf } from './quorum.ts';
import { configOf, isVoter, isWitness, type ReplicaState } from './replica-state.ts';
import { comparePositions, compareTerms, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { ownLast, promise, send, sendToOthers, type Turn, nextTerm } from './turn.ts';

/** An active gives its place to this member. */
interface Transfer {
  reason: HandoverReason;
  /** Term of the active that asked for the election. */
  from: Term;
}

/** Stands for election: votes for itself, durably, and asks for the votes of the others. */
export function stand(turn: Turn, transfer: Transfer | null): void {
  const { state } = turn;
  const term = nextTerm(state);
  promise(turn, term);
  state.role = {
    type: 'campaigning',
    stage: 'vote',
    term,
    granted: new Set([state.self]),
    sinceMs: state.nowMs,
    transfer: transfer?.reason ?? null,
  };
  state.active = null;
  sendToOthers(turn, {
    type: 'vote',
    term,
    configVersion: configOf(state).version,
    last: ownLast(state),
    transfer: transfer?.from ?? null,
  });
  if (majorityOf(state) === 1) becomeActive(turn, transfer?.reason ?? null);
}

export function noteVote(
  turn: Turn,
  from: MemberId,
  asked: Extract<PeerMessage, { type: 'vote' }>,
): void {
  const { state } = turn;
  const { term, last, transfer } = asked;
  const isHindered = knowsLiveActive(state) && state.active !== from;
  // That the active gave its place over counts when the active itself shows that it serves no longer.
  if (isHindered && isGivenUp(state, transfer)) state.turnedDown = { from, asked };
  const granted =
    !state.storeFailed &&
    mayVote(state) &&
    !state.incomplete &&
    compareTerms(term, state.term) > 0 &&
    !isHindered &&
    comparePositions(last, ownLast(state)) >= 0;
  if (granted) {
    promise(turn, term);
    state.role = { type: 'standby' };
    state.active = null;
  }
  send(turn, from, { type: 'voteAck', term: state.term, asked: term, granted });
}

/**
 * A member that has nothing yet may have forgotten what it promised: it may have been taken out and called
 * again, by a configuration that does not say yet that it is a learner. One that has the ledger votes: whether
 * that counts is for the configuration of the candidate to say, which may be a later one.
 */
function mayVote(state: ReplicaState): boolean {
  return isWitness(state) || ownLast(state).index > 0;
}

/** The candidate says that the active which is followed here, and no earlier one, asked for the election. */
function isGivenUp({ active, term }: ReplicaState, transfer: Term | null): boolean {
  return transfer !== null && active === transfer.member && compareTerms(term, transfer) === 0;
}

export function noteVoteAck(
  turn: Turn,
  from: MemberId,
  { term, asked, granted }: { term: Term; asked: Term; granted: boolean },
): void {
  const { state } = turn;
  state.highestNumber = Math.max(state.highestNumber, term.number);
  const { role } = state;
  if (role.type !== 'campaigning' || role.stage !== 'vote' || !granted) return;
  if (compareTerms(role.term, asked) !== 0 || !isVoter(state, from)) return;
  role.granted.add(from);
  if (role.granted.size >= majorityOf(state)) becomeActive(turn, role.transfer);
}
