import type { MemberId } from '../ledger/member-id.ts';
import { peerOf, type ReplicaState, settingsOf } from './replica-state.ts';

/** The failure detector (protocol section 5). */
export function isDown(state: ReplicaState, member: MemberId): boolean {
  const peer = peerOf(state, member);
  if (peer.down !== null) return true;
  return state.nowMs - peer.lastHeardMs >= settingsOf(state).takeoverAfterMs;
}

/** The active that this member knows is there. */
export function knowsLiveActive(state: ReplicaState): boolean {
  if (state.role.type === 'active') return true;
  return state.active !== null && state.peers.has(state.active) && !isDown(state, state.active);
}
