import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import {
  type LedgerConfig,
  type LedgerRelationship,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { isStartOfId } from '../peers/pairing/find-server.ts';
import type { Candidates } from './candidates.ts';

/** A relationship that this server takes part in, not as a witness, with its ledgers. */
export interface OwnRelationship {
  relationship: LedgerRelationship;
  /** The ledgers of it that are kept here, this server's own first. */
  replicas: HostedReplica[];
}

/** The answer to an order that needs a relationship. */
export const noRelationship = refuse(
  'NO_RELATIONSHIP',
  'This server is in no relationship. Create one first.',
);

/** Why a server cannot take part in another relationship. */
export function describeOtherRelationship(name: string): string {
  return `${name} is in another relationship already. Dissolve that one first.`;
}

/** “the licences of Alpha”; of a pool which of its two ledgers, too. */
export function describeLicenses(
  { membership, relationship }: LedgerConfig,
  candidates: Candidates,
): string {
  const goal = relationship?.goal;
  if (relationship?.kind !== 'pool' || !goal) {
    return `the licences of ${candidates.nameOf(primaryOf(membership))}`;
  }
  const which = goal.rule === 'majority' ? 'with' : 'without';
  return `the licences of the pool ${relationship.name ?? ''} ${which} the majority rule`;
}

/** Every server that takes part in a relationship, the witness last. */
export function serversOf({ members, goal }: LedgerRelationship): string[] {
  return participants({ members, witness: goal?.witness ?? null });
}

export function relationshipOf(replica: HostedReplica): LedgerRelationship | null {
  return replica.view().config.relationship;
}

/**
 * The relationships that this server takes part in, not as a witness: that of its own licences first, the
 * others by their ids. Empty: it protects nobody and is protected by nobody.
 */
export function findOwnRelationships(
  replicas: Pick<Replicas, 'all'>,
  serverId: string,
): OwnRelationship[] {
  const found = new Map<string, OwnRelationship>();
  const shared = replicas
    .all()
    .filter((replica) => !isWitness(replica.state))
    .sort((a, b) => Number(primaryOf(b) === serverId) - Number(primaryOf(a) === serverId));
  for (const replica of shared) {
    const relationship = relationshipOf(replica);
    if (!relationship) continue;
    const known = found.get(relationship.id);
    if (known) known.replicas.push(replica);
    else found.set(relationship.id, { relationship, replicas: [replica] });
  }
  const rank = ({ replicas: [first] }: OwnRelationship) =>
    first && primaryOf(first) === serverId ? 0 : 1;
  return [...found.values()].sort(
    (a, b) => rank(a) - rank(b) || (a.relationship.id < b.relationship.id ? -1 : 1),
  );
}

/**
 * The relationship that an order is about: the only one, or that of a reference, which is its id, the
 * beginning of one (8 or more), the name of a pool, or another server that takes part in that one alone.
 */
export function chooseRelationship(
  all: readonly OwnRelationship[],
  reference: string | undefined,
  candidates: Candidates,
): AdminAnswer<OwnRelationship> {
  const [only] = all;
  if (!only) return noRelationship;
  if (reference === undefined) {
    if (all.length === 1) return { ok: true, value: only };
    return refuse('RELATIONSHIP_UNCLEAR', describeChoice(all, candidates));
  }
  const named = all.filter((one) => isMeant(one.relationship, reference, candidates));
  const [found] = named;
  if (found && named.length === 1) return { ok: true, value: found };
  const why = `${reference} names ${found ? 'several of the relationships' : 'no relationship'} of this server.`;
  return refuse(
    found ? 'RELATIONSHIP_UNCLEAR' : 'NO_RELATIONSHIP',
    `${why} ${describeChoice(all, candidates)}`,
  );
}

/** The one that a reference is of, as `chooseRelationship` finds it; without one all that there are. */
export function meantRelationships(
  all: readonly OwnRelationship[],
  reference: string | undefined,
  candidates: Candidates,
): AdminAnswer<OwnRelationship[]> {
  if (reference === undefined && all.length > 0) return { ok: true, value: [...all] };
  const chosen = chooseRelationship(all, reference, candidates);
  return chosen.ok ? { ok: true, value: [chosen.value] } : chosen;
}

function isMeant(
  relationship: LedgerRelationship,
  reference: string,
  candidates: Candidates,
): boolean {
  const { id, name } = relationship;
  if (id === reference || name === reference || isStartOfId(reference, id)) return true;
  return serversOf(relationship)
    .filter((server) => server !== candidates.ownId)
    .some((server) => isStartOfId(reference, server) || candidates.nameOf(server) === reference);
}

function describeChoice(all: readonly OwnRelationship[], candidates: Candidates): string {
  const lines = all.map(({ relationship }) => describeOwn(relationship, candidates));
  const [first] = lines;
  if (all.length === 1) return `It is in one: ${first ?? ''}.`;
  return (
    `This server is in ${all.length} relationships: ${joinNames(lines)}. Say which one is meant, by the ` +
    'name of another server in it, of the pool, or its id: --relationship NAME'
  );
}

/** “the backup of Alpha and Beta (1c0e7a52)”. */
export function describeOwn(
  { id, kind, name, members }: LedgerRelationship,
  candidates: Candidates,
): string {
  const names = joinNames(members.map((server) => candidates.nameOf(server)));
  return `the ${kind} ${name === undefined ? `of ${names}` : name} (${id.slice(0, 8)})`;
}

/** A server whose licences are to be protected, and whose ledger is not part of it here yet. */
export function findUnprotected({ relationship, replicas }: OwnRelationship): string | undefined {
  const { members, mutual } = relationship;
  const primaries = mutual ? members : members.slice(0, 1);
  return primaries.find((id) => !replicas.some((replica) => primaryOf(replica) === id));
}
