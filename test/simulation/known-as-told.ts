import type { Member } from './member.ts';

/** The last answer that told a client of its lease, or renewed it: whose, and in which of the starts of that server. */
export interface Told {
  leaseId: string;
  server: string;
  boot: string;
}

/**
 * Whether a server has a lease and can know that its client was told of it: the server that wrote its row, as it
 * granted the lease or as the client showed that, lives on since it told the client, and has passed on its last word
 * of that spell. A crash takes that word with it.
 */
export function isKnownAsTold(
  members: ReadonlyMap<string, Member>,
  by: string,
  { leaseId, server, boot }: Told,
): boolean {
  const ledger = members.get(by)?.state?.ledger;
  if (!ledger?.leases.has(leaseId)) return false;
  const row = ledger.rows?.lease.get(leaseId);
  if (!row) return true;
  const teller = members.get(server)?.state;
  const here = ledger.rows?.spell.get(row.by);
  if (teller?.boot !== boot || here?.member !== server) return false;
  if (teller.ledger.spell?.id === row.by) return by === server;
  const last = teller.ledger.rows?.spell.get(row.by);
  return last !== undefined && last.told === here.told && last.write === here.write;
}
