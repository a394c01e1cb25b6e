import { becomeActive } from './active.ts';
import type { PeerMessage } from './message.ts';
import {
  isDown,
  isWitness,
  majorityOf,
  others,
  peerOf,
  rankOf,
  type ReplicaState,
  voterCount,
} from './replica-state.ts';
import { comparePositions, compareTerms, type MemberId, type Position, type Term } from './term.ts';
import { ownLast, promise, send, sendNow, sendToOthers, type Turn } from './turn.ts';

/** Waits that a lower rank leaves to a better one, in heartbeats. */
const heartbeatsPerRank = 2;

/** The active that this member knows is there, as far as it can tell. */
export function knowsLiveActive(state: ReplicaState): boolean {
  if (state.role.type === 'active') return true;
  return state.active !== null && !isDown(state, state.active);
}

/** The work of the clock at a member that does not serve. */
export function tickStandby(turn: Turn): void {
  const { state } = turn;
  if (isWitness(state) || rankOf(state, state.self) === Infinity) return;
  if (knowsLiveActive(state)) {
    if (state.role.type === 'campaigning' && state.role.stage === 'preVote') {
      state.role = { type: 'standby' };
    }
    return;
  }
  const { role } = state;
  const everyMs = state.timing.heartbeatMs;
  if (role.type === 'campaigning' && state.nowMs - role.sinceMs < everyMs) {
    judge(turn);
    return;
  }
  ask(turn);
}

/** Asks the others whether this member should serve. Nothing is promised yet. */
function ask(turn: Turn): void {
  const { state } = turn;
  const term: Term = {
    number: Math.max(state.highestNumber, state.term.number) + 1,
    member: state.self,
  };
  state.role = {
    type: 'campaigning',
    stage: 'preVote',
    term,
    granted: new Set(),
    sinceMs: state.nowMs,
  };
  for (const id of others(state))
    sendNow(turn, id, { type: 'preVote', term, last: ownLast(state) });
  judge(turn);
}

/**
 * Whether another member may serve. Under both rules the one that has more goes first, so that
 * nothing is lost; of equals, the one that is first in preference.
 */
export function notePreVote(
  turn: Turn,
  from: MemberId,
  { term, last }: { term: Term; last: Position },
): void {
  const { state } = turn;
  const granted =
    !knowsLiveActive(state) && compareTerms(term, state.term) > 0 && mayLead(state, from, last);
  if (granted) state.highestNumber = Math.max(state.highestNumber, term.number);
  sendNow(turn, from, { type: 'preVoteAck', term: state.term, asked: term, granted });
}

function mayLead(state: ReplicaState, candidate: MemberId, last: Position): boolean {
  const order = comparePositions(last, ownLast(state));
  if (order !== 0) return order > 0;
  return isWitness(state) || rankOf(state, candidate) < rankOf(state, state.self);
}

export function notePreVoteAck(
  turn: Turn,
  from: MemberId,
  { term, asked, granted }: { term: Term; asked: Term; granted: boolean },
): void {
  const { state } = turn;
  state.highestNumber = Math.max(state.highestNumber, term.number);
  const { role } = state;
  if (role.type !== 'campaigning' || compareTerms(role.term, asked) !== 0) return;
  if (role.stage !== 'preVote' || !granted) return;
  role.granted.add(from);
  judge(turn);
}

/** Promotes this member, or lets it stand for election, when enough say so. */
function judge(turn: Turn): void {
  const { state } = turn;
  if (state.role.type !== 'campaigning' || state.role.stage !== 'preVote') return;
  if (!coldStartIsOver(state)) return;
  const { granted } = state.role;
  if (state.membership.rule === 'continuity') {
    const free = others(state).every((id) => isDown(state, id) || granted.has(id));
    if (free) promote(turn);
    return;
  }
  if (granted.size + 1 < majorityOf(voterCount(state))) return;
  const better = state.membership.members.slice(0, rankOf(state, state.self));
  const waitMs = better.length * heartbeatsPerRank * state.timing.heartbeatMs;
  const outOfTheWay = better.every((id) => isDown(state, id) || granted.has(id));
  if (outOfTheWay || state.nowMs - state.leaderlessSinceMs >= waitMs) stand(turn, false);
}

/** A member that was not the last active waits for the one that may have been (section 6). */
function coldStartIsOver(state: ReplicaState): boolean {
  if (state.membership.rule === 'majority') return true;
  if (state.term.member === state.self) return true;
  if (state.nowMs - state.startedMs >= state.timing.coldStartWaitMs) return true;
  return state.membership.members
    .filter((id) => id !== state.self)
    .every((id) => peerOf(state, id).everHeard);
}

function promote(turn: Turn): void {
  const { state } = turn;
  if (state.role.type !== 'campaigning') return;
  promise(turn, state.role.term);
  becomeActive(turn);
}

/** Stands for election: votes for itself, durably, and asks for the votes of the others. */
export function stand(turn: Turn, transfer: boolean): void {
  const { state } = turn;
  const term: Term = {
    number: Math.max(state.highestNumber, state.term.number) + 1,
    member: state.self,
  };
  promise(turn, term);
  state.role = {
    type: 'campaigning',
    stage: 'vote',
    term,
    granted: new Set([state.self]),
    sinceMs: state.nowMs,
  };
  state.active = null;
  sendToOthers(turn, { type: 'vote', term, last: ownLast(state), transfer });
}

export function noteVote(
  turn: Turn,
  from: MemberId,
  { term, last, transfer }: Extract<PeerMessage, { type: 'vote' }>,
): void {
  const { state } = turn;
  const granted =
    compareTerms(term, state.term) > 0 &&
    (transfer || !knowsLiveActive(state)) &&
    state.role.type !== 'active' &&
    comparePositions(last, ownLast(state)) >= 0;
  if (granted) {
    promise(turn, term);
    state.role = { type: 'standby' };
    state.active = null;
  }
  send(turn, from, { type: 'voteAck', term: state.term, asked: term, granted });
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
  if (compareTerms(role.term, asked) !== 0) return;
  role.granted.add(from);
  if (role.granted.size >= majorityOf(voterCount(state))) becomeActive(turn);
}
