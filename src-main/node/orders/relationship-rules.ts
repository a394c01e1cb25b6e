import {
  type LedgerConfig,
  type LedgerRelationship,
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
  const isMember = after.members.includes(from) && (before?.members.includes(from) ?? true);
  if (!isMember) return 'The server that orders it takes no part in this relationship.';
  const { members, goal } = after;
  if (goal === null) return null;
  if (primaryOf(goal) !== primaryOf(membership)) {
    return 'A server keeps its own licences. Dissolve the relationship, and set up another one.';
  }
  if (!goal.members.every((id) => members.includes(id))) {
    return 'Only servers of a relationship can keep its licences.';
  }
  return describeBadMembership(goal);
}
