import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';

/**
 * The ledger that a renewal or a return is for: the one that has the lease, else the one that the token
 * names. Undefined: this server does not keep that one, so that it cannot say that the lease has ended.
 */
export function ledgerOfLease(
  replicas: Pick<Replicas, 'all'>,
  leaseId: string,
  claims: TokenClaims | undefined,
): HostedReplica | undefined {
  const all = replicas.all().filter((replica) => !isWitness(replica.state));
  const holding = all.find((replica) => replica.ledger.leases.has(leaseId));
  if (holding) return holding;
  if (claims?.lease === leaseId) return all.find(({ id }) => id === claims.ledger);
  // A standby may not have heard of the lease yet; a server that serves its ledger would know it.
  return all.find((replica) => replica.isActive) ?? all[0];
}
