import type { RelationshipSide } from '../../../src-shared/contract/peers.ts';
import { type LedgerRelationship, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { Candidates } from './candidates.ts';
import { primariesOfPlan, type ResolvedPlan } from './relationship-plan.ts';
import type { OwnRelationship } from './shared-ledgers.ts';

// A server can be the backup of several, and have a backup of its own beside that. Its own licences are in
// one relationship at most, two servers are in one with each other, and a triad or a pool has its servers
// to itself (docs/adr/0021).

/** A relationship that a server is in already. */
type Standing = Pick<LedgerRelationship, 'id' | 'kind' | 'members'> & {
  /** The licences of the server itself are in it. */
  own: boolean;
};

/** What a server is in already: it tells others so, and judges by it itself. */
export function standingOf(all: readonly OwnRelationship[], serverId: string): Standing[] {
  return all.map(({ relationship: { id, kind, members }, replicas }) => ({
    id,
    kind,
    members,
    own: replicas.some((replica) => primaryOf(replica) === serverId),
  }));
}

/** What a plan would make of a server. */
type Wanted = Pick<ResolvedPlan, 'kind' | 'members'> & {
  /** The server's own licences would be protected. */
  own: boolean;
};

/** Why a server that is in these relationships cannot take part in another one; null: it can. */
export function refuseAnother(
  wanted: Wanted,
  standing: readonly Standing[],
  server: string,
  nameOf: (id: string) => string,
): string | null {
  const name = nameOf(server);
  for (const { kind, members, own } of standing) {
    if (kind !== 'backup') {
      return `${name} is in a ${kind} already, and a ${kind} has its servers to itself. Dissolve it, or take ${name} out of it first.`;
    }
    if (wanted.kind !== 'backup') {
      return (
        `${name} is in a relationship already, and a ${wanted.kind} has its servers to itself. Dissolve ` +
        'that one first.'
      );
    }
    const partner = members.find((id) => id !== server && wanted.members.includes(id));
    if (partner !== undefined) {
      const [one = server, two = partner] = wanted.members.filter((id) => members.includes(id));
      return (
        `${nameOf(one)} and ${nameOf(two)} are in a relationship with each other already. To have each protect ` +
        'the other, change that one: understudy relationship set mutual=true'
      );
    }
    if (own && wanted.own) {
      return `The licences of ${name} are in another relationship already. Dissolve that one first.`;
    }
  }
  return null;
}

/** The same of a plan, by what a server said of itself. `existing`: the relationship that is changed. */
export function findConflict(
  plan: ResolvedPlan,
  id: string,
  side: Pick<RelationshipSide, 'name' | 'relationship' | 'relationships'>,
  existing: string | null,
  candidates: Candidates,
): string | null {
  if (!side.relationships) {
    // A version that is in one relationship at most.
    const isFree = side.relationship === null || side.relationship === existing;
    return isFree ? null : `${side.name} is in a relationship already. Dissolve that one first.`;
  }
  const standing = side.relationships.filter((one) => one.id !== existing);
  const wanted = { ...plan, own: primariesOfPlan(plan).includes(id) };
  return refuseAnother(wanted, standing, id, (server) => candidates.nameOf(server));
}
