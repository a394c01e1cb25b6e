import { clockDifferenceMsMax } from '../../../src-shared/model/clock-difference.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import type { ReplicaEvent } from '../core/replica/replica-event.ts';
import { others, type ReplicaState, ruleOf } from '../core/replica/replica-state.ts';

// Two servers whose clocks are far apart do not synchronise (protocol section 8): by a clock that was believed
// wrongly, what one of them has would end at the other one as well. Who serves has nothing to do with that.

/** The clocks of other servers, as they are measured on the links. */
export interface Clocks {
  /** Positive: the other clock is ahead; null: not measured. */
  clockDifferenceMs(id: string): number | null;
}

/** A member of a ledger that is told of clocks. */
interface Told {
  state: ReplicaState;
  step(event: ReplicaEvent): void;
}

/** Messages by which a ledger's rows or entries are compared and pass from one member to another. */
const ofContents: ReadonlySet<PeerMessage['type']> = new Set<PeerMessage['type']>([
  'append',
  'image',
  'rows',
  'buckets',
  'piece',
  'found',
]);

/** Whether a server's clock is so far from this one's that the two do not synchronise. */
export function isApart(clocks: Clocks, id: string): boolean {
  const differenceMs = clocks.clockDifferenceMs(id);
  return differenceMs !== null && Math.abs(differenceMs) > clockDifferenceMsMax;
}

/**
 * Whether a message of a ledger goes to another server, or is heard of it, with clocks as they are. Where any
 * survivor may serve, what says who lives, serves or may serve always passes: a member that heard nothing of the
 * other one would serve beside it. Where a majority decides nothing passes between two that do not synchronise,
 * so that those whose clocks agree elect one of them and can commit.
 */
export function passes(
  state: ReplicaState,
  clocks: Clocks,
  id: string,
  { type }: Pick<PeerMessage, 'type'>,
): boolean {
  if (!isApart(clocks, id)) return true;
  return ruleOf(state) === 'continuity' && !ofContents.has(type);
}

/** Tells a ledger which of its other members do not synchronise with this server, when that changes. */
export function compareClocks(member: Told, clocks: Clocks): void {
  const { state } = member;
  const apart = others(state).filter((id) => isApart(clocks, id));
  const isKnown = apart.length === state.apart.size && apart.every((id) => state.apart.has(id));
  if (!isKnown) member.step({ type: 'clocksCompared', apart });
}
