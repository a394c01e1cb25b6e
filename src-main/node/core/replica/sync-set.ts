import {
  configOf,
  createPeer,
  isVoter,
  isWitness,
  keepsRows,
  lastWritten,
  nameOf,
  others,
  type Peer,
  peerOf,
  preferenceOf,
  type ReplicaState,
  settingsOf,
} from './replica-state.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import { isDown } from './failure-detector.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { persist, type Turn } from './turn.ts';
import { isPartial } from './whole.ts';

/**
 * Counts a member in that has everything that a client was told: from now on answers to clients wait for
 * it (protocol section 3).
 */
export function joinSyncSet(turn: Turn, id: MemberId, peer: Peer): void {
  const { state } = turn;
  if (id === configOf(state).membership.witness || state.storeFailed) return;
  if (peer.matchIndex < Math.max(state.commitIndex, state.termIndex)) {
    if (keepsRows(state) && isWanted(state, id, peer)) awaitMember(state, peer);
    return;
  }
  peer.isAwaited = false;
  peer.awaitedMs = -Infinity;
  if (peer.inSyncSinceMs === null) {
    peer.inSyncSinceMs = state.nowMs;
    if (state.toldOutOfSync.delete(id)) {
      state.pendingEvents.push({
        kind: 'syncRegained',
        severity: 'info',
        message: `${nameOf(state, id)} is synchronised and ready to take over.`,
      });
    }
  }
  if (keepsRows(state)) chooseSyncSet(turn);
}

/** Who was awaited in vain is awaited again after so many times the wait. */
const awaitEveryTimeouts = 10;

/**
 * A member acknowledges writes of this spell, and each a moment after more were committed without it. Under
 * a load that never pauses that would go on for ever, so the commit waits for it once: as long as for a
 * synchronised one, and not again soon.
 */
function awaitMember(state: ReplicaState, peer: Peer): void {
  if (peer.isAwaited || peer.matchIndex < state.termIndex) return;
  const { syncTimeoutMs } = settingsOf(state);
  if (state.nowMs - peer.awaitedMs < awaitEveryTimeouts * syncTimeoutMs) return;
  peer.isAwaited = true;
  peer.awaitedMs = state.nowMs;
}

/** Members beside the active whose acknowledgement a client waits for; the others follow. */
const companionsMax = 2;

/**
 * One that is synchronised and stands behind the companions only follows: nothing waits for it, however busy
 * the active is. Anybody else is to have everything once.
 */
function isWanted(state: ReplicaState, id: MemberId, { inSyncSinceMs }: Peer): boolean {
  if (inSyncSinceMs === null) return true;
  const following = preferenceOf(state).filter(
    (one) => one !== state.self && peerOf(state, one).inSyncSinceMs !== null,
  );
  return following.indexOf(id) < companionsMax;
}

/** The active and the next two in order of preference that have everything. */
function chooseSyncSet(turn: Turn): void {
  const { state } = turn;
  const ready = preferenceOf(state).filter((id) => id !== state.self && hasAllNow(state, id));
  const chosen = [state.self, ...ready.slice(0, companionsMax)];
  const same = chosen.length === state.syncSet.size && chosen.every((id) => state.syncSet.has(id));
  if (!same) setSyncSet(turn, chosen);
}

/**
 * One that was in the set has all that was committed, since the commit waited for it. Nobody waits for one that
 * follows: until that one is late it counts as synchronised, though it may lack what clients were told a moment ago.
 */
function hasAllNow(state: ReplicaState, id: MemberId): boolean {
  const { inSyncSinceMs, matchIndex } = peerOf(state, id);
  return inSyncSinceMs !== null && matchIndex >= state.commitIndex;
}

/** Answers to clients wait for this member no longer. The timeline says so once. */
export function leaveSyncSet(turn: Turn, id: MemberId, peer: Peer): void {
  const { state } = turn;
  const wasIn = peer.inSyncSinceMs !== null || state.syncSet.has(id);
  peer.inSyncSinceMs = null;
  peer.isAwaited = false;
  // A server that has but some of the rows waits for nobody: its set says who keeps the ledger.
  if (!wasIn || state.storeFailed || isPartial(state)) return;
  if (keepsRows(state)) chooseSyncSet(turn);
  tellOutOfSync(turn, id);
}

export function tellOutOfSync(turn: Turn, id: MemberId): void {
  const { state } = turn;
  if (state.toldOutOfSync.has(id)) return;
  state.toldOutOfSync.add(id);
  const why = isDown(state, id) ? 'it does not answer' : 'it confirms too late';
  state.pendingEvents.push({
    kind: 'syncLost',
    severity: 'warning',
    message: `${nameOf(state, id)} is not synchronised any more: ${why}. It could not take over without loss.`,
  });
}

export function setSyncSet(turn: Turn, members: readonly MemberId[]): void {
  turn.state.syncSet = new Set(members);
  persist(turn, { type: 'syncSet', members });
}

/** Who would serve without losing anything that a client was told. */
export function synchronisedMembers(state: ReplicaState): MemberId[] {
  if (state.role.type !== 'active') return state.heardSyncSet;
  const { members } = configOf(state).membership;
  return members.filter((id) => {
    if (!isVoter(state, id)) return false;
    if (id === state.self) return !state.storeFailed;
    const { inSyncSinceMs } = peerOf(state, id);
    return inSyncSinceMs !== null && !isDown(state, id);
  });
}

/** The best member to hand over to without waiting: in sync, up, first in preference. */
export function bestSuccessor(
  state: ReplicaState,
  preference: readonly MemberId[],
): MemberId | null {
  const ready = new Set(synchronisedMembers(state));
  return preference.find((id) => id !== state.self && ready.has(id)) ?? null;
}

/** Whether a member has left what it was sent unconfirmed for longer than the settings allow. */
export function isLate(state: ReplicaState, id: MemberId): boolean {
  const { unackedSinceMs } = peerOf(state, id);
  const { isAwaited, awaitedMs } = peerOf(state, id);
  if (isAwaited && state.nowMs - awaitedMs >= settingsOf(state).syncTimeoutMs) return true;
  const silentMs = unackedSinceMs === null ? 0 : state.nowMs - unackedSinceMs;
  return silentMs >= settingsOf(state).syncTimeoutMs || isDown(state, id);
}

/** What this member knows of what another one has is known no longer. */
export function resetPeer(state: ReplicaState, peer: Peer): void {
  const { lastHeardMs, down, boot, bootHeardMs, formerBoots, hindrance } = peer;
  Object.assign(peer, createPeer(state.nowMs), {
    lastHeardMs,
    down,
    boot,
    bootHeardMs,
    formerBoots,
    hindrance,
    nextIndex: keepsRows(state) ? 1 : lastWritten(state) + 1,
    countedSinceMs: state.nowMs,
  } satisfies Partial<Peer>);
}

/**
 * Who counted and is a learner now has lost what it had: whatever it confirmed before, it counts again only
 * when it has everything again.
 */
export function forgetWhatIsLost({ state }: Turn, before: LedgerConfig, after: LedgerConfig): void {
  const lost = (after.learners ?? []).filter((id) => !before.learners?.includes(id));
  for (const id of lost) {
    const peer = state.peers.get(id);
    if (!peer) continue;
    resetPeer(state, peer);
    state.toldOutOfSync.add(id);
  }
}

/** After the configuration changed: peers come and go with it. */
export function syncPeers(turn: Turn): void {
  const { state } = turn;
  const present = new Set(others(state));
  for (const id of state.peers.keys()) {
    if (present.has(id)) continue;
    state.peers.delete(id);
    if (state.role.type === 'active' && !state.departing.includes(id)) state.departing.push(id);
  }
  for (const id of present) {
    if (state.peers.get(id)?.isStranger === false) continue;
    const peer = createPeer(state.nowMs);
    // A new member gets the time to answer before it counts against a quorum.
    peer.countedSinceMs = state.nowMs;
    peer.nextIndex = lastWritten(state) + 1;
    state.peers.set(id, peer);
    state.departing = state.departing.filter((one) => one !== id);
    if (!isWitness(state)) state.toldOutOfSync.add(id);
  }
  if (state.role.type !== 'active' || state.storeFailed) return;
  const stays = [...state.syncSet].filter((id) => id === state.self || present.has(id));
  if (stays.length < state.syncSet.size) setSyncSet(turn, stays);
}
