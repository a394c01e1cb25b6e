import type { Write } from '../../../src-main/node/core/replica/replica-effect.ts';
import { isEndedForGood, isLive } from '../../../src-main/node/core/rows/row.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';
import type { Report } from './report.ts';

/**
 * 5, without any excuse: a disk on which it is written that a lease was returned or released never has it
 * alive again.
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

  #endsOn(store: MemoryLedger): Set<string> {
    const known = this.#known.get(store) ?? new Set();
    this.#known.set(store, known);
    return known;
  }
}
