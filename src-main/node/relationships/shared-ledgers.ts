import type { LedgerRelationship } from '../../../src-shared/model/ledger-config.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { HostedLedger } from '../replicas/hosted-replica.ts';
import type { Ledgers } from '../replicas/replicas.ts';

/** The relationship that this server takes part in, not as a witness, with its ledgers. */
export interface OwnRelationship {
  relationship: LedgerRelationship;
  /** Those that are kept here, this server's own first. */
  ledgers: HostedLedger[];
}

export function relationshipOf(ledger: HostedLedger): LedgerRelationship | null {
  return ledger.view().config.relationship;
}

export function primaryOf(ledger: HostedLedger): string {
  const [primary] = ledger.view().config.membership.members;
  if (primary === undefined) throw new Error(`ledger ${ledger.id} has no member`);
  return primary;
}

/** Null: this server protects nobody and is protected by nobody. */
export function findOwnRelationship(ledgers: Ledgers, serverId: string): OwnRelationship | null {
  const shared = ledgers
    .all()
    .filter((ledger) => relationshipOf(ledger) !== null && !isWitness(ledger.state))
    .sort((a, b) => Number(primaryOf(b) === serverId) - Number(primaryOf(a) === serverId));
  const [first] = shared;
  const relationship = first && relationshipOf(first);
  if (!relationship) return null;
  return {
    relationship,
    ledgers: shared.filter((ledger) => relationshipOf(ledger)?.id === relationship.id),
  };
}

/** A server whose licences are to be protected, and whose ledger is not part of it here yet. */
export function findUnprotected({ relationship, ledgers }: OwnRelationship): string | undefined {
  const { members, mutual } = relationship;
  const primaries = mutual ? members : members.slice(0, 1);
  return primaries.find((id) => !ledgers.some((ledger) => primaryOf(ledger) === id));
}
