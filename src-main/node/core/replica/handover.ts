import { becomeActive, stepDown } from './active.ts';
import { stand } from './campaign.ts';
import { lastIndex, lastPosition } from './log.ts';
import { isDown, peerOf, type ReplicaState } from './replica-state.ts';
import { runLedger } from './serving.ts';
import { type MemberId, type Position, samePosition, type Term } from './term.ts';
import { ownLast, promise, send, type Turn } from './turn.ts';

/** A handover that takes longer is given up, and what was held back is served here. */
const handoverMsMax = 2_000;

/** The first in preference takes over again when it has been in sync for long enough (section 6). */
export function tickHandover(turn: Turn): void {
  const { state } = turn;
  if (state.role.type !== 'active') return;
  if (state.role.handover) {
    continueHandover(turn);
    return;
  }
  const { reclaimAfterMs } = state.timing;
  const target = state.membership.members.find((id) => id === state.self || !isDown(state, id));
  if (reclaimAfterMs === null || target === undefined || target === state.self) return;
  const { inSyncSinceMs } = peerOf(state, target);
  if (inSyncSinceMs !== null && state.nowMs - inSyncSinceMs >= reclaimAfterMs) {
    beginHandover(turn, target);
  }
}

/** Stops taking writes, until the target has every entry. */
export function beginHandover(turn: Turn, to: MemberId): void {
  const { state } = turn;
  if (state.role.type !== 'active' || state.role.handover || to === state.self) return;
  if (!state.membership.members.includes(to) || isDown(state, to)) return;
  state.role.handover = { to, startedMs: state.nowMs, sent: false };
  continueHandover(turn);
}

export function continueHandover(turn: Turn): void {
  const { state } = turn;
  if (state.role.type !== 'active' || !state.role.handover) return;
  const { to, startedMs } = state.role.handover;
  const complete =
    peerOf(state, to).matchIndex === lastIndex(state.log) &&
    state.commitIndex === lastIndex(state.log);
  if (complete) {
    send(turn, to, { type: 'handover', term: state.term, last: lastPosition(state.log) });
    stepDown(turn, to);
    peerOf(state, to).lastHeardMs = state.nowMs;
  } else if (isDown(state, to) || state.nowMs - startedMs >= handoverMsMax) {
    state.role.handover = null;
    for (const request of state.held.splice(0)) runLedger(turn, request);
  }
}

/** The active gives its place to this member, which has everything. */
export function noteHandover(
  turn: Turn,
  from: MemberId,
  { term, last }: { term: Term; last: Position },
): void {
  const { state } = turn;
  if (!isStillValid(state, from, term, last)) return;
  if (state.membership.rule === 'majority') {
    stand(turn, true);
    return;
  }
  promise(turn, { number: term.number + 1, member: state.self });
  becomeActive(turn);
}

function isStillValid(state: ReplicaState, from: MemberId, term: Term, last: Position): boolean {
  return (
    state.active === from &&
    state.role.type === 'standby' &&
    term.member === state.term.member &&
    term.number === state.term.number &&
    state.highestNumber <= term.number &&
    samePosition(ownLast(state), last)
  );
}
