import type { Hindrance } from '../../../../src-shared/model/hindrance.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { ReplicaEvent } from './replica-event.ts';
import { type ReplicaState, settingsOf } from './replica-state.ts';

/** What an admin has to see to before this member can serve; null: nothing. */
export function hindranceOf(state: ReplicaState): Hindrance | null {
  if (state.standsAside) return 'copied';
  if (state.replacedBy !== null) return 'replaced';
  if (state.storeFailed) return 'storeFailed';
  return state.incomplete ? 'incomplete' : null;
}

/** A member says what keeps it from serving; undefined: nothing. No decision rests on it, but sentences do. */
export function noteHindrance(state: ReplicaState, id: MemberId, why: Hindrance | undefined): void {
  const peer = state.peers.get(id);
  if (peer) peer.hindrance = why === undefined ? null : { why, saidMs: state.nowMs };
}

/** A member does not keep the ledger. Of one whose admin dissolved the relationship nothing is waited for. */
export function noteMissed(
  state: ReplicaState,
  { peer: id, isDissolved }: Extract<ReplicaEvent, { type: 'ledgerMissed' }>,
): void {
  const peer = state.peers.get(id);
  if (peer && isDissolved) peer.hasDissolved = true;
  if (!isDissolved) noteHindrance(state, id, 'incomplete');
}

/** What keeps a member from serving, as it said lately; null: nothing that is known. */
export function hindranceSaidBy(state: ReplicaState, id: MemberId): Hindrance | null {
  const { down, hindrance } = state.peers.get(id) ?? { down: null, hindrance: null };
  if (down !== null || hindrance === null) return null;
  return state.nowMs - hindrance.saidMs < settingsOf(state).takeoverAfterMs ? hindrance.why : null;
}
