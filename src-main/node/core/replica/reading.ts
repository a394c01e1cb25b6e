import { heartbeat } from './heartbeat.ts';
import { roundOfQuorum } from './quorum.ts';
import { type ReplicaState, ruleOf } from './replica-state.ts';
import type { Turn } from './turn.ts';

// Under `majority` an answer that makes no entry is a read: another may have been elected meanwhile, so
// it waits until a quorum has answered a heartbeat that was sent after it was asked for (ReadIndex; Raft,
// section 8). Reads that come while a round is under way share the next one.

/** The round that a read of this moment waits for; 0: the rule needs none. */
export function roundForRead(turn: Turn): number {
  const { state } = turn;
  if (ruleOf(state) !== 'majority' || roundOfQuorum(state) === Infinity) return 0;
  if (isRoundUnderWay(state)) {
    state.nextRoundIsDue = true;
    return state.round + 1;
  }
  heartbeat(turn);
  return state.round;
}

/** Sends the round that reads wait for, as soon as the one before it is answered. */
export function sendDueRound(turn: Turn): void {
  if (turn.state.nextRoundIsDue && !isRoundUnderWay(turn.state)) heartbeat(turn);
}

function isRoundUnderWay(state: ReplicaState): boolean {
  return roundOfQuorum(state) < state.round;
}
