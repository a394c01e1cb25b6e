import { isDown, knowsLiveActive } from './failure-detector.ts';
import { holds } from './log.ts';
import {
  isWitness,
  membershipOf,
  others,
  peerOf,
  type ReplicaState,
  ruleOf,
} from './replica-state.ts';
import { comparePositions, type Position } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { ownLast } from './turn.ts';

/** Where the log of another one ends. One that was turned down, and is thought of again, may be no member by now. */
export function noteLast({ peers }: ReplicaState, from: MemberId, last: Position): void {
  const peer = peers.get(from);
  if (peer) peer.last = last;
}

/** A member with entries that are not here. */
export interface Beyond {
  id: MemberId;
  /**
   * It goes first, so that everybody gets them. False: where votes decide this member goes first, by a later
   * term, and those entries are dropped. Both can have been committed only where somebody has forgotten something.
   */
  goesFirst: boolean;
}

/** Members that are up, have such entries and do not serve, as they last said while nobody was known to serve. */
export function membersBeyond(state: ReplicaState): Beyond[] {
  if (ruleOf(state) !== 'majority' || isWitness(state) || knowsLiveActive(state)) return [];
  return others(state).flatMap((id) => {
    const { last } = peerOf(state, id);
    // A witness has no entries to lose, and what is before the log here cannot be compared.
    if (!last || id === membershipOf(state).witness || isDown(state, id)) return [];
    if (last.index < state.log.base.index || holds(state.log, last)) return [];
    return [{ id, goesFirst: comparePositions(last, ownLast(state)) > 0 }];
  });
}
