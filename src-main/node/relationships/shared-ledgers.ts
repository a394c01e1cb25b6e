import { refuse } from '../../../src-shared/contract/admin-error.ts';
import {
  type LedgerConfig,
  type LedgerRelationship,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { Candidates } from './candidates.ts';

/** The relationship that this server takes part in, not as a witness, with its ledgers. */
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

export function relationshipOf(replica: HostedReplica): LedgerRelationship | null {
  return replica.view().config.relationship;
}

/** Null: this server protects nobody and is protected by nobody. */
export function findOwnRelationship(replicas: Replicas, serverId: string): OwnRelationship | null {
  const shared = replicas
    .all()
    .filter((replica) => relationshipOf(replica) !== null && !isWitness(replica.state))
    .sort((a, b) => Number(primaryOf(b) === serverId) - Number(primaryOf(a) === serverId));
  const [first] = shared;
  const relationship = first && relationshipOf(first);
  if (!relationship) return null;
  return {
    relationship,
    replicas: shared.filter((replica) => relationshipOf(replica)?.id === relationship.id),
  };
}

/** A server whose licences are to be protected, and whose ledger is not part of it here yet. */
export function findUnprotected({ relationship, replicas }: OwnRelationship): string | undefined {
  const { members, mutual } = relationship;
  const primaries = mutual ? members : members.slice(0, 1);
  return primaries.find((id) => !replicas.some((replica) => primaryOf(replica) === id));
}
