import type { Instant } from '../ledger/event.ts';
import { peerOf, others, type ReplicaState, ruleOf, settingsOf } from './replica-state.ts';
import { isQuorum, otherVoters } from './quorum.ts';
import { releaseReplies } from './answering.ts';
import { isDown } from './failure-detector.ts';
import type { Turn } from './turn.ts';

// A member that stood still has measured nothing meanwhile, and the others may have gone on without it
// (protocol section 5). Every event looks for that, since a tick may come after what has waited.

/** Clocks of the step before. */
export interface LastStep extends Pick<Instant, 'monotonicMs' | 'wallMs'> {
  /** When the clock ticked last, on the monotonic clock. */
  tickMs: number;
}

/** Looks whether this member stood still, and lets it measure anew before it judges anyone. */
export function watchForSuspension({ state, at }: Turn): void {
  const gapMs = suspendedMs(state, at);
  state.lastStep = { ...state.lastStep, monotonicMs: at.monotonicMs, wallMs: at.wallMs };
  if (gapMs <= 2 * settingsOf(state).heartbeatMs) return;
  // Taken note of: the next event is not to find the same late tick again.
  state.lastStep.tickMs = at.monotonicMs;
  state.wokeMs = at.monotonicMs;
  for (const peer of state.peers.values()) peer.lastHeardMs = peer.bootHeardMs = state.nowMs;
  if (state.role.type === 'campaigning') state.role = { type: 'standby' };
  const { takeoverAfterMs, heartbeatMs } = settingsOf(state);
  // The others measure from the last heartbeat that reached them.
  if (gapMs < takeoverAfterMs - 2 * heartbeatMs) return;
  for (const peer of state.peers.values()) peer.down = null;
  if (state.role.type === 'active' && state.peers.size > 0) state.unsureSinceMs = state.nowMs;
}

/** Whether this server is to be another start of itself from here on (protocol section 3b). */
export function needsNewBoot(state: ReplicaState, at: Instant): boolean {
  return suspendedMs(state, at) >= settingsOf(state).takeoverAfterMs;
}

/**
 * By a tick that is late, and by the clocks, of which the monotonic one can stand still as well: a process that
 * is halted and whose machine goes to sleep meanwhile shows a part of it by each.
 */
function suspendedMs({ lastStep }: ReplicaState, { monotonicMs, wallMs }: Instant): number {
  const apartMs = wallMs - lastStep.wallMs - (monotonicMs - lastStep.monotonicMs);
  return Math.max(monotonicMs - lastStep.tickMs + Math.max(0, apartMs), Math.abs(apartMs));
}

/** What is received now may have been sent long before. */
export function hasJustWoken(state: ReplicaState): boolean {
  const { wokeMs, nowMs } = state;
  return wokeMs !== null && nowMs - wokeMs < 2 * settingsOf(state).heartbeatMs;
}

/**
 * After a suspension: serves again when each other one was heard or cannot be reached. Where a majority
 * decides, it is enough that one was heard: a member whose word does not count (`mayHaveForgotten`) never is.
 */
export function settleDoubt(turn: Turn): void {
  const { state } = turn;
  const sinceMs = state.unsureSinceMs;
  if (sinceMs === null) return;
  const isHeard = (id: string) => peerOf(state, id).ackedRoundMs > sinceMs;
  const isBacked =
    ruleOf(state) === 'majority' && isQuorum(state, otherVoters(state).filter(isHeard));
  if (!isBacked && !others(state).every((id) => isHeard(id) || isDown(state, id))) return;
  state.unsureSinceMs = null;
  releaseReplies(turn);
}
