import type { Write } from '../../../src-main/node/core/replica/replica-effect.ts';
import { isEndedForGood, isLive } from '../../../src-main/node/core/rows/row.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';
import type { Report } from './report.ts';

/**
 * 5: a disk on which it is written that a lease was returned or released never has it alive again. The only excuse
 * is that the end was forgotten by a time that an admin had set, and a copy from before came back.
 */
export class Ends {
  readonly #known = new WeakMap<MemoryLedger, Set<string>>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  noteWritten(id: string, store: MemoryLedger, writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.type !== 'rows') continue;
      for (const change of write.changes) {
        const row = 'row' in change ? change.row?.after : null;
        if (row?.kind !== 'lease') continue;
        if (isEndedForGood(row)) this.#endsOn(store).add(row.id);
        else if (isLive(row) && this.#endsOn(store).has(row.id)) {
          this.#report(`5: ${row.id} was ended on the disk of ${id} and lives there again`);
        }
      }
    }
  }

  /**
   * A known limit (docs/protocol.md): a time that was believed has dropped these ends everywhere, and the copy that is put
   * back is of the time before. Returns the leases.
   */
  forgetEndsOf(copy: MemoryLedger, stores: readonly MemoryLedger[]): string[] {
    const forgotten: string[] = [];
    for (const row of copy.rows.values()) {
      if (row.kind !== 'lease' || !isLive(row)) continue;
      if (stores.some(({ rows }) => rows.has(`lease ${row.id}`))) continue;
      const isForgotten = stores.map((store) => this.#endsOn(store).delete(row.id)).some(Boolean);
      if (isForgotten) forgotten.push(row.id);
    }
    return forgotten;
  }

  #endsOn(store: MemoryLedger): Set<string> {
    const known = this.#known.get(store) ?? new Set();
    this.#known.set(store, known);
    return known;
  }
}
