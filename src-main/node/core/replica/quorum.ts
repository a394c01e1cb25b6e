import type { MemberId } from '../ledger/member-id.ts';
import { isVoter, others, peerOf, type ReplicaState, settingsOf, voters } from './replica-state.ts';

/** Voters that are needed to decide something. */
export function majorityOf(state: ReplicaState): number {
  return majorityOfCount(voters(state).length);
}

export function majorityOfCount(count: number): number {
  return Math.floor(count / 2) + 1;
}

export function otherVoters(state: ReplicaState): MemberId[] {
  return others(state).filter((id) => isVoter(state, id));
}

/** These others and this member. */
export function isQuorum(state: ReplicaState, others: readonly MemberId[]): boolean {
  return others.length + 1 >= majorityOf(state);
}

/** The newest heartbeat round of this spell that a quorum, with this member, has answered. */
export function roundOfQuorum(state: ReplicaState): number {
  const rounds = otherVoters(state).map((id) => peerOf(state, id).ackedRound);
  rounds.sort((a, b) => b - a);
  return rounds[majorityOf(state) - 2] ?? Infinity;
}

/** A quorum, with this member, answered a heartbeat that was sent within the time. */
export function isSureOfQuorum(state: ReplicaState, withinMs: number): boolean {
  const sure = otherVoters(state).filter(
    (id) => state.nowMs - peerOf(state, id).ackedRoundMs < withinMs,
  );
  return isQuorum(state, sure);
}

/** The same, with those that had no such time to answer yet. */
export function hasQuorum(state: ReplicaState): boolean {
  return isQuorum(state, votersCounted(state));
}

/** Other voters that answered a heartbeat lately. */
export function votersHeard(state: ReplicaState): MemberId[] {
  return otherVoters(state).filter((id) => isHeard(state, id));
}

/** It answered a heartbeat lately, which an incomplete member does with a round that there never was. */
export function isHeard(state: ReplicaState, id: MemberId): boolean {
  const sinceMs = state.nowMs - settingsOf(state).takeoverAfterMs;
  return peerOf(state, id).ackedRoundMs > sinceMs;
}

/** The same, and those that had no time for that yet. */
export function votersCounted(state: ReplicaState): MemberId[] {
  const sinceMs = state.nowMs - settingsOf(state).takeoverAfterMs;
  return otherVoters(state).filter((id) => {
    const { ackedRoundMs, countedSinceMs } = peerOf(state, id);
    return Math.max(ackedRoundMs, countedSinceMs) > sinceMs;
  });
}
