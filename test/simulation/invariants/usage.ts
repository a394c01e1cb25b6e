import type { LeaseEnd } from '../../../src-shared/model/usage.ts';
import type { Cluster } from '../cluster.ts';
import type { Excuses } from './excuses.ts';
import type { Report } from './report.ts';

/**
 * Invariant 10. Every lease that a client was told of lives or has exactly one usage record. One that
 * ran out can come back by a union or a token, and then end once more.
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
  for (const { record: usage } of active.store.history.usage) {
    if (usage.kind !== 'session') continue;
    ends.set(usage.leaseId, [...(ends.get(usage.leaseId) ?? []), usage.end]);
  }
  for (const leaseId of told) {
    if (excuses.leases.has(leaseId)) continue;
    const lives = active.state.ledger.leases.has(leaseId);
    const all = ends.get(leaseId) ?? [];
    const counted = all.filter((end, i) => end !== 'expired' || i === all.length - 1);
    const fits = lives
      ? all.length === 0 || all.every((end) => end === 'expired')
      : counted.length === 1;
    if (fits) continue;
    report(`10: ${leaseId} ${lives ? 'lives' : 'ended'}; its records: ${all.join(', ')}`);
    return;
  }
}
