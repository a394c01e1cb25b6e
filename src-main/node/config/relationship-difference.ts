import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import type {
  MemberStatus,
  RelationshipSettings,
  RelationshipStatus,
} from '../../../src-shared/model/relationship.ts';
import type { ConfigRelationship } from '../../../src-shared/model/server-config.ts';
import { describeRelationshipSettings } from '../../../src-shared/view/setting-words.ts';
import { findServer } from '../peers/pairing/find-server.ts';

/** What would be changed of a relationship, in words and as the order for it. */
export interface RelationshipDifference {
  text: string;
  change: AdminParams<'relationship.set'>;
}

/** Whether a relationship is one between the servers that a configuration file names. */
export function isBetween(
  wish: ConfigRelationship,
  { kind, members }: RelationshipStatus,
  ownId: string,
): boolean {
  const [main, backup] = members;
  const isMain = kind === wish.kind && main?.id === ownId;
  return isMain && backup !== undefined && isNamed(backup, wish.backup);
}

/** What a configuration file wants of the relationship that there is; empty: it is that. */
export function differencesOf(
  wish: ConfigRelationship,
  current: RelationshipStatus | null,
  ownId: string,
): RelationshipDifference[] {
  if (!current || !isBetween(wish, current, ownId)) {
    return [{ text: `be protected by ${wish.backup}`, change: {} }];
  }
  const differences: RelationshipDifference[] = [];
  const { mutual, policy, settings } = current;
  if (wish.mutual !== mutual) {
    const text = wish.mutual ? 'protect the backup server too' : 'protect the main server only';
    differences.push({ text, change: { mutual: wish.mutual } });
  }
  if (wish.policy !== policy) {
    const text = `policy from ${policy} to ${wish.policy}`;
    const witness = wish.witness === undefined ? {} : { witness: wish.witness };
    differences.push({ text, change: { policy: wish.policy, ...witness } });
  } else if (wish.witness !== undefined) {
    const witness = current.members.find(({ role }) => role === 'witness');
    if (!witness || !isNamed(witness, wish.witness)) {
      const text = `witness from ${witness?.name ?? 'none'} to ${wish.witness}`;
      differences.push({ text, change: { witness: wish.witness } });
    }
  }
  const given = Object.entries(wish.settings).filter(([, value]) => value !== undefined);
  const next: RelationshipSettings = { ...settings, ...Object.fromEntries(given) };
  const [first, ...others] = describeRelationshipSettings(settings, next);
  if (first !== undefined) {
    differences.push({ text: first, change: { settings: wish.settings } });
    for (const text of others) differences.push({ text, change: {} });
  }
  return differences;
}

/** All of them as one order. */
export function orderOf(
  differences: readonly RelationshipDifference[],
): AdminParams<'relationship.set'> {
  return differences.reduce<AdminParams<'relationship.set'>>(
    (order, { change }) => ({
      ...order,
      ...change,
      settings: { ...order.settings, ...change.settings },
    }),
    {},
  );
}

function isNamed(member: MemberStatus, reference: string): boolean {
  return findServer([member], reference, '').ok;
}
