import type { MemberId } from '../ledger/member-id.ts';
import { peerOf, type ReplicaState, ruleOf, settingsOf } from './replica-state.ts';

/** The failure detector (protocol section 5). */
export function isDown(state: ReplicaState, member: MemberId): boolean {
  const peer = peerOf(state, member);
  if (peer.down !== null) return true;
  return state.nowMs - peer.lastHeardMs >= settingsOf(state).takeoverAfterMs;
}

/** The active that this member knows is there, or may have known before it started. */
export function knowsLiveActive(state: ReplicaState): boolean {
  if (state.role.type === 'active' || mayBeReliedOn(state)) return true;
  return state.active !== null && state.peers.has(state.active) && !isDown(state, state.active);
}

/**
 * An active serves as long as those that answered it let nobody else serve. A member that was started
 * anew keeps to that as well, until the active's time is over or it is known not to serve.
 */
function mayBeReliedOn(state: ReplicaState): boolean {
  const { formerOwner, nowMs, startedMs } = state;
  if (formerOwner === null || ruleOf(state) !== 'majority') return false;
  const down = state.peers.get(formerOwner)?.down;
  return down === null && nowMs - startedMs < settingsOf(state).takeoverAfterMs;
}
