import { advanceCommit } from './commit.ts';
import { lastWritten, peerOf, settingsOf } from './replica-state.ts';
import { joinSyncSet, leaveSyncSet } from './sync-set.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { Turn } from './turn.ts';
import { sendWrites } from './write-rows.ts';

/** Former starts of a member that are remembered: one comes back only in a message from before it. */
const formerBootsMax = 16;

/**
 * A member says that it has all rows up to a write of this spell, durably. What another start of it said
 * counts for nothing: it may have lost that since (protocol section 3b).
 */
export function noteRowsAck(turn: Turn, from: MemberId, boot: string, number: number): void {
  const { state } = turn;
  if (!isPresentBoot(turn, from, boot) || number > lastWritten(state) || number === 0) return;
  const peer = peerOf(state, from);
  if (number > peer.matchIndex) {
    peer.matchIndex = number;
    peer.unackedSinceMs = number < lastWritten(state) ? state.nowMs : null;
  }
  peer.nextIndex = Math.max(peer.nextIndex, number + 1);
  if (peer.matchIndex === lastWritten(state)) peer.unackedSinceMs = null;
  joinSyncSet(turn, from, peer);
  advanceCommit(turn);
  sendWrites(turn, from);
}

/**
 * Whether the sender speaks from its present start; a new one begins with nothing acknowledged. What
 * was sent before a start can arrive after it, so that of two starts the later to be heard need not be
 * the later one: the one that goes on being heard is.
 */
export function isPresentBoot(turn: Turn, from: MemberId, boot: string): boolean {
  const { state } = turn;
  const peer = peerOf(state, from);
  if (peer.boot === boot) {
    peer.bootHeardMs = state.nowMs;
    return true;
  }
  const silentMs = state.nowMs - peer.bootHeardMs;
  const isFormer = peer.formerBoots.includes(boot);
  if (isFormer && silentMs < settingsOf(state).takeoverAfterMs) return false;
  if (peer.boot !== null) {
    const former = [...peer.formerBoots.filter((one) => one !== boot), peer.boot];
    peer.formerBoots = former.slice(-formerBootsMax);
    peer.matchIndex = 0;
    leaveSyncSet(turn, from, peer);
    // The peer started anew and serves only once it says so: what it was given the place with may be lost.
    if (state.active === from) state.active = null;
  }
  peer.boot = boot;
  peer.bootHeardMs = state.nowMs;
  return true;
}
