import type { NotServing } from './replica-effect.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { roundOfQuorum } from './quorum.ts';
import type { ReplicaState, WaitingReply } from './replica-state.ts';
import type { Turn } from './turn.ts';

/**
 * Gives the answers whose entries are committed. A read needs its round as well, or an entry after it:
 * to be committed that took a quorum, too.
 */
export function releaseReplies(turn: Turn): void {
  const { state } = turn;
  if (state.waiting.length === 0) return;
  const first = state.waiting.findIndex((answer) => mustWait(state, answer));
  const released = state.waiting.splice(0, first < 0 ? state.waiting.length : first);
  for (const { requestId, reply } of released) {
    turn.effects.push({ type: 'reply', requestId, reply });
  }
}

function mustWait(state: ReplicaState, { index, round }: WaitingReply): boolean {
  // After a suspension another may serve: what was decided before it is no news to be told.
  if (state.unsureSinceMs !== null) return true;
  if (index > state.commitIndex) return true;
  return index === state.commitIndex && round > 0 && round > roundOfQuorum(state);
}

/** What waits is not answered as granted: the client asks the next active, and keeps its seat. */
export function refuseWaiting(turn: Turn, active: MemberId | null): void {
  const { state } = turn;
  const requestIds = [
    ...state.waiting.map(({ requestId }) => requestId),
    ...state.held.map(({ requestId }) => requestId),
  ];
  state.waiting = [];
  state.held = [];
  for (const requestId of requestIds) refuseRequest(turn, requestId, 'standby', active);
}

export function refuseRequest(
  turn: Turn,
  requestId: number,
  reason: NotServing['reason'],
  active: MemberId | null,
): void {
  turn.effects.push({ type: 'reply', requestId, reply: { type: 'notServing', reason, active } });
}
