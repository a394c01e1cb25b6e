import { participants } from '../../../../src-shared/model/ledger-config.ts';
import { membershipOf, others, peerOf, type ReplicaState, settingsOf } from './replica-state.ts';

/** Voters that are needed to decide something. */
export function majorityOf(state: ReplicaState): number {
  return majorityOfCount(participants(membershipOf(state)).length);
}

export function majorityOfCount(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** The newest heartbeat round of this spell that a quorum, with this member, has answered. */
export function roundOfQuorum(state: ReplicaState): number {
  const rounds = others(state).map((id) => peerOf(state, id).ackedRound);
  rounds.sort((a, b) => b - a);
  return rounds[majorityOf(state) - 2] ?? Infinity;
}

/** A quorum, with this member, answered a heartbeat that was sent within the time. */
export function isSureOfQuorum(state: ReplicaState, withinMs: number): boolean {
  const sure = others(state).filter(
    (id) => state.nowMs - peerOf(state, id).ackedRoundMs < withinMs,
  );
  return sure.length + 1 >= majorityOf(state);
}

/** The same, with those that had no such time to answer yet. */
export function hasQuorum(state: ReplicaState): boolean {
  return votersHeard(state) + 1 >= majorityOf(state);
}

/** Others that answered a heartbeat lately, or had no time for that yet. */
export function votersHeard(state: ReplicaState): number {
  const sinceMs = state.nowMs - settingsOf(state).takeoverAfterMs;
  return others(state).filter((id) => {
    const { ackedRoundMs, countedSinceMs } = peerOf(state, id);
    return Math.max(ackedRoundMs, countedSinceMs) > sinceMs;
  }).length;
}
