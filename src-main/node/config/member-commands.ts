import type { MemberStatus, RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import type { ConfigRelationship } from '../../../src-shared/model/server-config.ts';
import { isBetween, isNamed, othersOf } from './relationship-difference.ts';

/**
 * Why a configuration file cannot have the relationship that there is, and the commands by which an admin
 * makes it the one that the file names. Null: it is between these servers already.
 */
export function whyOtherMembers(
  wish: ConfigRelationship,
  status: RelationshipStatus,
  { ownId, ofSeveral }: { ownId: string; ofSeveral: boolean },
): string | null {
  if (isBetween(wish, status, ownId)) return null;
  const commands = memberCommands(wish, status, ownId, ofSeveral);
  const names = status.members.map(({ name }) => name).join(', ');
  const isElse = `This server is in another relationship than the file says (${names})`;
  if (!commands) {
    return `${isElse}. Dissolve that one first (understudy relationship dissolve).`;
  }
  return `${isElse}. A file does not change who is in one; this does: ${commands.join('; ')}.`;
}

/** They make it one between the servers of the file, in their order; null: no such command leads there. */
function memberCommands(
  wish: ConfigRelationship,
  status: RelationshipStatus,
  ownId: string,
  ofSeveral: boolean,
): string[] | null {
  if (!canBecome(wish, status)) return null;
  const members = status.members.filter(({ role }) => role !== 'witness');
  const current = members.map(({ name }) => name);
  const wanted = [ownId, ...othersOf(wish)].map((reference) => nameOf(members, reference));
  const coming = wanted.filter((name) => !current.includes(name));
  const going = current.filter((name) => !wanted.includes(name));
  // In place of the one that goes, so that there are never fewer servers than before.
  const replaced = going
    .slice(0, coming.length)
    .map((old, at) => [old, coming[at] ?? old] as const);
  const added = coming.slice(replaced.length);
  const removed = going.slice(replaced.length);
  const after = [...current, ...added]
    .filter((name) => !removed.includes(name))
    .map((name) => replaced.find(([old]) => old === name)?.[1] ?? name);
  const isInOrder = after.every((name, rank) => name === wanted[rank]);
  const orders = [
    ...replaced.map(([old, next]) => ['replace', old, next]),
    ...added.map((name) => ['add', name]),
    ...removed.map((name) => ['remove', name]),
    ...(isInOrder ? [] : [['order', wanted.join(',')]]),
  ];
  const which = ofSeveral ? ['--relationship', status.id] : [];
  return orders.map((order) =>
    ['understudy', 'relationship', ...[...order, ...which].map(quote)].join(' '),
  );
}

/** A backup becomes a triad by one more server, and the other way round; a pool stays one. */
function canBecome(wish: ConfigRelationship, { kind, name }: RelationshipStatus): boolean {
  if (wish.kind === 'pool') return kind === 'pool' && name === wish.name;
  return kind !== 'pool';
}

function nameOf(members: readonly MemberStatus[], reference: string): string {
  return members.find((member) => isNamed(member, reference))?.name ?? reference;
}

/** For a shell of Unix as for one of Windows. */
function quote(word: string): string {
  return /^[\w.,:@-]+$/.test(word) ? word : `"${word}"`;
}
