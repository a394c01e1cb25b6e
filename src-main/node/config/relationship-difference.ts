import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import type { RelationshipPlan } from '../../../src-shared/contract/relationship-plan.ts';
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

/** The servers that a configuration file names beside its own, in preference order. */
export function othersOf(wish: ConfigRelationship): readonly string[] {
  switch (wish.kind) {
    case 'backup':
      return [wish.backup];
    case 'triad':
      return [wish.secondary, wish.tertiary];
    case 'pool':
      return wish.followers;
  }
}

/** What a configuration file wants, as an admin of its server would order it. */
export function planOfWish(wish: ConfigRelationship, ownId: string): RelationshipPlan {
  switch (wish.kind) {
    case 'backup': {
      const { backup, mutual, policy, witness } = wish;
      const named = witness === undefined ? {} : { witness };
      return { kind: 'backup', main: ownId, backup, mutual, policy, ...named };
    }
    case 'triad': {
      const { secondary, tertiary } = wish;
      return { kind: 'triad', primary: ownId, secondary, tertiary };
    }
    case 'pool':
      return { kind: 'pool', name: wish.name, servers: [ownId, ...wish.followers] };
  }
}

/** The relationship that there is as a file of its first server would say it; null: that is another server. */
export function wishOf(status: RelationshipStatus, ownId: string): ConfigRelationship | null {
  const { kind, name = '', mutual, policy, settings } = status;
  const witness = status.members.find(({ role }) => role === 'witness');
  const [main, ...others] = status.members.filter(({ role }) => role !== 'witness');
  const [second = '', third = ''] = others.map((other) => other.name);
  if (main?.id !== ownId) return null;
  switch (kind) {
    case 'backup': {
      const named = witness && { witness: witness.name };
      return { kind, backup: second, mutual, policy, ...named, settings };
    }
    case 'triad':
      return { kind, secondary: second, tertiary: third, settings };
    case 'pool':
      return { kind, name, followers: others.map((other) => other.name), settings };
  }
}

/** What a configuration file wants of which servers, as the end of a sentence. */
export function describeWish(wish: ConfigRelationship): string {
  const others = othersOf(wish).join(', ');
  switch (wish.kind) {
    case 'backup':
      return `be protected by ${others}`;
    case 'triad':
      return `be the primary of a triad with ${others}`;
    case 'pool':
      return `be the leader of the pool ${wish.name} with ${others}`;
  }
}

/** Whether a relationship is the one between the servers that a configuration file names. */
export function isBetween(
  wish: ConfigRelationship,
  { kind, name, members }: RelationshipStatus,
  ownId: string,
): boolean {
  if (kind !== wish.kind || (wish.kind === 'pool' && name !== wish.name)) return false;
  const [main, ...others] = members.filter(({ role }) => role !== 'witness');
  const named = othersOf(wish);
  return (
    main?.id === ownId &&
    others.length === named.length &&
    others.every((other, rank) => isNamed(other, named[rank] ?? ''))
  );
}

/** What a configuration file wants of the relationship that there is; empty: it is that. */
export function differencesOf(
  wish: ConfigRelationship,
  current: RelationshipStatus | null,
  ownId: string,
): RelationshipDifference[] {
  if (!current || !isBetween(wish, current, ownId)) {
    return [{ text: describeWish(wish), change: {} }];
  }
  const differences = wish.kind === 'backup' ? differencesOfBackup(wish, current) : [];
  const given = Object.entries(wish.settings).filter(([, value]) => value !== undefined);
  const { settings } = current;
  const next: RelationshipSettings = { ...settings, ...Object.fromEntries(given) };
  const [first, ...others] = describeRelationshipSettings(settings, next);
  if (first !== undefined) {
    differences.push({ text: first, change: { settings: wish.settings } });
    for (const text of others) differences.push({ text, change: {} });
  }
  return differences;
}

function differencesOfBackup(
  wish: Extract<ConfigRelationship, { kind: 'backup' }>,
  { mutual, policy, members }: RelationshipStatus,
): RelationshipDifference[] {
  const differences: RelationshipDifference[] = [];
  if (wish.mutual !== mutual) {
    const text = wish.mutual ? 'protect the backup server too' : 'protect the main server only';
    differences.push({ text, change: { mutual: wish.mutual } });
  }
  if (wish.policy !== policy) {
    const text = `policy from ${policy} to ${wish.policy}`;
    const witness = wish.witness === undefined ? {} : { witness: wish.witness };
    differences.push({ text, change: { policy: wish.policy, ...witness } });
  } else if (wish.witness !== undefined) {
    const witness = members.find(({ role }) => role === 'witness');
    if (!witness || !isNamed(witness, wish.witness)) {
      const text = `witness from ${witness?.name ?? 'none'} to ${wish.witness}`;
      differences.push({ text, change: { witness: wish.witness } });
    }
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

/** Whether what a file calls a server is this one. */
export function isNamed(member: MemberStatus, reference: string): boolean {
  return findServer([member], reference, '').ok;
}
