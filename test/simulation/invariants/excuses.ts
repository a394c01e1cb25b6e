import type { MemoryLedger } from '../../support/memory-ledger.ts';

/**
 * What may be lost under `continuity`, because it is said to be lost: while two serve at once, or one that
 * was not in sync, until all are one again; and single leases of which the only copy of something went with
 * a disk or with a server that was taken out.
 */
export class Excuses {
  /**
   * Two members were active at once, or one took over that was not in sync, and all are not one again:
   * what then is lost is said.
   */
  excused = false;
  /** Leases of which something was lost for good. */
  readonly leases = new Set<string>();
  /** An admin has the ledger go, or had it go, by clocks that are ahead: by that time ends are forgotten early. */
  timeWasSet = false;
  /** Simulated time with an excuse, in milliseconds. */
  excusedMs = 0;
  #notedMs = 0;

  /** Counts the time since it was called last. */
  noteTime(nowMs: number): void {
    if (this.excused) this.excusedMs += nowMs - this.#notedMs;
    this.#notedMs = nowMs;
  }

  /** All are one again: what begins now has no excuse, but for leases that did not survive it. */
  end(lost: Iterable<string>): void {
    for (const leaseId of lost) this.leases.add(leaseId);
    this.excused = false;
  }

  /** A data directory was put back from a copy or wiped, or dropped by a server that was taken out. */
  noteCopyGone(gone: MemoryLedger | null, left: readonly MemoryLedger[]): void {
    if (!gone) return;
    for (const row of gone.rows.values()) {
      if (row.kind !== 'lease') continue;
      const isKnown = left.some(({ rows }) => {
        const other = rows.get(`lease ${row.id}`);
        return other?.kind === 'lease' && other.rank >= row.rank;
      });
      if (!isKnown) this.leases.add(row.id);
    }
    for (const { record } of gone.history.usage) {
      if (record.kind !== 'session') continue;
      const { leaseId } = record;
      if (!left.some((copy) => copy.hasUsageOf(leaseId))) this.leases.add(leaseId);
    }
  }
}
