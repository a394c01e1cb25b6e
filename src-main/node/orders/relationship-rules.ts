import type { OrderType } from '../../../src-shared/contract/ledger-order.ts';
import {
  type LedgerConfig,
  type LedgerRelationship,
  type Membership,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { describeBadMembership } from '../core/ledger/config-change.ts';

/**
 * Why a relationship that another server sent cannot be that of a ledger; null: it can. What members
 * agreed upon is changed by members only, and the primary of a ledger stays.
 */
export function refuseRelationship(
  { membership, relationship: before }: Pick<LedgerConfig, 'membership' | 'relationship'>,
  after: LedgerRelationship,
  from: string,
): string | null {
  if (before && before.id !== after.id)
    return 'These licences are in another relationship already. Dissolve that one first.';
  // A member that takes itself out is none afterwards.
  const isMember = (before ?? after).members.includes(from);
  if (!isMember) return 'The server that orders it takes no part in this relationship.';
  const { members, goal } = after;
  if (goal === null) return null;
  const primary = primaryOf(membership);
  if (before === null && primaryOf(goal) !== primary) {
    return 'A server keeps its own licences when a relationship is set up.';
  }
  const isNew = (id: string) => before !== null && !before.members.includes(id);
  const isGivenAway = primaryOf(goal) !== primary || goal.members.some(isNew);
  // Who shares in a triad or a pool has agreed that its members see to it together who they are.
  if (isGivenAway && from !== primary && before?.kind === 'backup') {
    return 'Only an admin of the server whose licences these are can let another server keep them.';
  }
  if (!goal.members.every((id) => members.includes(id))) {
    return 'Only servers of a relationship can keep its licences.';
  }
  return describeBadMembership(goal);
}

/** Orders that only an admin of the server may give whose licences they are (docs/pairing.md). */
const ofThePrimary: ReadonlySet<OrderType> = new Set(['trust', 'forget']);

/** Why another member may not order this of a ledger; null: it may. */
export function refuseOrder({ members }: Membership, type: OrderType, from: string): string | null {
  if (from === primaryOf({ members }) || !ofThePrimary.has(type)) return null;
  return 'Which vendors are trusted is decided on the server whose licences they are. Order it there.';
}
