import type { LeaseEnd } from '../../../src-shared/model/usage.ts';
import type { Cluster } from '../cluster.ts';
import type { Excuses } from './excuses.ts';
import type { Report } from './report.ts';

/**
 * Invariant 10. Every lease that a client was told of lives or has exactly one usage record in the ledger. One
 * that ran out can come back by a union or a token, and then end once more, which takes the place of its record. What a server kept of its own when
 * it was taken out is no record of the ledger, and is not counted beside one.
 */
export function checkUsage(
  cluster: Cluster,
  told: Iterable<string>,
  excuses: Excuses,
  report: Report,
): void {
  const { active } = cluster;
  if (!active?.state || !active.store) return;
  const ends = new Map<string, LeaseEnd[]>();
  for (const usage of active.store.usage) {
    if (usage.kind !== 'session') continue;
    ends.set(usage.leaseId, [...(ends.get(usage.leaseId) ?? []), usage.end]);
  }
  for (const leaseId of told) {
    if (excuses.leases.has(leaseId)) continue;
    const lives = active.state.ledger.leases.has(leaseId);
    const all = ends.get(leaseId) ?? [];
    const fits = lives
      ? all.length === 0 || (all.length === 1 && all[0] === 'expired')
      : all.length === 1;
    const kept = active.store.history.endsOf(leaseId);
    if (fits && (all.length === 0 || kept === all.length)) continue;
    const records = `${all.join(', ')}${kept > all.length ? ` of ${kept} kept` : ''}`;
    report(`10: ${leaseId} ${lives ? 'lives' : 'ended'}; its records: ${records}`);
    return;
  }
}
