import type { Change } from '../../src-main/node/core/change.ts';
import {
  appendEntry,
  compact,
  createLog,
  type Log,
  truncateAfter,
} from '../../src-main/node/core/replica/log.ts';
import type { LedgerImage } from '../../src-main/node/core/replica/message.ts';
import type { StoredReplica } from '../../src-main/node/core/replica/replica.ts';
import type { Write } from '../../src-main/node/core/replica/replica-effect.ts';
import {
  noPosition,
  noTerm,
  type Position,
  type Term,
} from '../../src-main/node/core/replica/term.ts';
import { SimulatedDisk } from '../support/core-host.ts';

/** What is durable at one member. A write is a whole transaction, as in the real store. */
export class SimulatedStore {
  term: Term = noTerm;
  log: Log = createLog();
  witnessed: Position = noPosition;
  syncSet: string[] = [];
  tables = new SimulatedDisk();

  write(write: Write): void {
    switch (write.type) {
      case 'term':
        this.term = write.term;
        return;
      case 'append':
        for (const entry of write.entries) {
          appendEntry(this.log, entry);
          entry.changes.forEach((change) => this.tables.write(change));
        }
        return;
      case 'truncate':
        truncateAfter(this.log, write.afterIndex);
        for (const change of write.withdrawn.toReversed()) this.#undo(change);
        return;
      case 'image':
        this.#load(write.image);
        return;
      case 'compact':
        compact(this.log, write.toIndex);
        return;
      case 'position':
        this.witnessed = write.position;
        return;
      case 'syncSet':
        this.syncSet = [...write.members];
        return;
    }
  }

  read(): StoredReplica {
    const { term, log, witnessed, syncSet, tables } = this;
    return { term, log, witnessed, syncSet, ledger: tables.read() };
  }

  image(position: Position): LedgerImage {
    return {
      position,
      ledger: this.tables.read(),
      usage: [...this.tables.usage.values()],
      events: [...this.tables.events.values()],
    };
  }

  #undo(change: Change): void {
    switch (change.type) {
      case 'usage':
        this.tables.usage.delete(change.after.sequence);
        return;
      case 'event':
        this.tables.events.delete(change.after.sequence);
        return;
      case 'lease':
        this.tables.write({ ...change, before: change.after, after: change.before });
        return;
      case 'license':
        this.tables.write({ ...change, before: change.after, after: change.before });
        return;
      case 'vendor':
        this.tables.write({ ...change, before: change.after, after: change.before });
        return;
      case 'meta':
        this.tables.write({ ...change, before: change.after, after: change.before });
        return;
    }
  }

  #load({ position, ledger, usage, events }: LedgerImage): void {
    this.tables = new SimulatedDisk();
    this.tables.meta = ledger.meta;
    for (const lease of ledger.leases) this.tables.leases.set(lease.id, lease);
    for (const license of ledger.licenses) this.tables.licenses.set(license.id, license);
    for (const vendor of ledger.vendors) this.tables.vendors.set(vendor.keyId, vendor);
    for (const one of usage) this.tables.usage.set(one.sequence, one);
    for (const one of events) this.tables.events.set(one.sequence, one);
    this.log = { base: position, entries: [] };
  }
}
