import type { PeerMessage } from './message.ts';
import { configOf, others, type ReplicaState } from './replica-state.ts';
import { synchronisedMembers } from './sync-set.ts';
import { sendNow, type Turn } from './turn.ts';

/** Tells the others that this member serves, and asks them to say that they heard it: a new round. */
export function heartbeat(turn: Turn): void {
  const { state } = turn;
  state.lastHeartbeatMs = state.nowMs;
  state.nextRoundIsDue = false;
  state.round++;
  state.rounds = [...state.rounds.slice(-31), { round: state.round, sentMs: state.nowMs }];
  const message: PeerMessage = {
    type: 'heartbeat',
    term: state.term,
    configVersion: configOf(state).version,
    round: state.round,
    commitIndex: Math.min(state.commitIndex, state.durableIndex),
    syncSet: synchronisedMembers(state),
    ...durableRows(state),
  };
  for (const id of others(state)) sendNow(turn, id, message);
}

/** Of the newest write that is durable: another could not have the later ones. */
function durableRows({ outbox, durableIndex }: ReplicaState): {
  rows?: { number: number; root: string };
} {
  const write = outbox.findLast(({ number }) => number <= durableIndex);
  return write ? { rows: { number: write.number, root: write.root } } : {};
}
