import type { NotServing } from './replica-effect.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { Turn } from './turn.ts';

/** Gives the answers whose entries are committed. */
export function releaseReplies(turn: Turn): void {
  const { state } = turn;
  const first = state.waiting.findIndex(({ index }) => index > state.commitIndex);
  const released = state.waiting.splice(0, first < 0 ? state.waiting.length : first);
  for (const { requestId, reply } of released) {
    turn.effects.push({ type: 'reply', requestId, reply });
  }
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
