import type { LicenseGrant } from '../../../src-shared/model/license.ts';
import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';

type Flag = Pick<LicenseGrant, 'majorityRule'>;

/**
 * The ledger that a new licence goes to: in a triad or a pool what its members keep together, of a pool
 * the ledger with the rule that the licence wants; else that of this server's own licences.
 */
export function ledgerForNew(flag: Flag, replicas: Replicas): HostedReplica {
  const shared = replicas.all().filter((replica) => !isWitness(replica.state) && isCommon(replica));
  return shared.find((replica) => isRightLedger(replica.view().config, flag)) ?? replicas.own();
}

function isCommon(replica: HostedReplica): boolean {
  const { relationship } = replica.view().config;
  return relationship !== null && relationship.kind !== 'backup' && relationship.goal !== null;
}

/** Whether a licence may be in a ledger: of a pool's two it belongs to the one with its rule. */
export function isRightLedger({ relationship }: LedgerConfig, { majorityRule }: Flag): boolean {
  if (relationship?.kind !== 'pool' || relationship.goal === null) return true;
  return (relationship.goal.rule === 'majority') === majorityRule;
}

/** The other ledger of the same pool. */
export function mateOf(replica: HostedReplica, replicas: Replicas): HostedReplica | undefined {
  const { relationship } = replica.view().config;
  if (relationship?.kind !== 'pool') return undefined;
  return replicas
    .all()
    .find((other) => other !== replica && other.view().config.relationship?.id === relationship.id);
}
