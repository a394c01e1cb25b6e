import type { EndedLease } from '../../src-main/node/core/ledger/change.ts';
import { endOfTokens } from '../../src-main/node/core/ledger/ended-leases.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { LedgerConfig } from '../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../src-shared/model/vendor.ts';
import type { Change, LedgerMeta, RecordedEvent } from '../../src-main/node/core/ledger/change.ts';
import {
  compact,
  createLog,
  lastIndex,
  lastPosition,
  type ReplicaLog,
  truncateAfter,
} from '../../src-main/node/core/replica/log.ts';
import type { StoredReplica } from '../../src-main/node/core/replica/replica.ts';
import { noPosition, noTerm } from '../../src-main/node/core/replica/term.ts';
import type {
  Committed,
  HistoryGap,
  HistoryKind,
  LoadedStore,
  StoreBatch,
  StoredEvent,
  StoreWrite,
} from '../../src-main/node/store/store.ts';

interface StoredUsage {
  local: number;
  ledger: string;
  record: UsageRecord;
}

/** One ledger as a store keeps it, without its history. */
class MemoryLedger {
  term = noTerm;
  log: ReplicaLog = createLog();
  witnessed = noPosition;
  syncSet: readonly string[] = [];
  meta: LedgerMeta | null = null;
  config: LedgerConfig;
  readonly leases = new Map<string, Lease>();
  readonly licenses = new Map<string, InstalledLicense>();
  readonly vendors = new Map<string, TrustedVendor>();
  endedInImage: EndedLease[] = [];

  constructor(config: LedgerConfig) {
    this.config = config;
  }

  take({ meta, config, leases, licenses, vendors, ended }: StoredReplica['ledger']): void {
    this.meta = meta;
    this.config = config;
    for (const map of [this.leases, this.licenses, this.vendors]) map.clear();
    for (const lease of leases) this.leases.set(lease.id, lease);
    for (const license of licenses) this.licenses.set(license.id, license);
    for (const vendor of vendors) this.vendors.set(vendor.keyId, vendor);
    this.endedInImage = ended;
  }

  /** `to`: the state before the change or the one after it. */
  change(change: Change, to: 'before' | 'after'): void {
    switch (change.type) {
      case 'lease':
        replace(this.leases, (change.after ?? change.before)?.id, change[to]);
        return;
      case 'license':
        replace(this.licenses, (change.after ?? change.before)?.id, change[to]);
        return;
      case 'vendor':
        replace(this.vendors, (change.after ?? change.before)?.keyId, change[to]);
        return;
      case 'meta':
        this.meta = change[to];
        return;
      case 'config':
        this.config = change[to];
        return;
      case 'usage':
      case 'event':
        return;
      case 'row':
        throw new Error('this store keeps ledgers as logs');
    }
  }
}

function replace<T>(map: Map<string, T>, id: string | undefined, value: T | null): void {
  if (id === undefined) return;
  if (value === null) map.delete(id);
  else map.set(id, value);
}

/** What a store must keep, in the simplest way: for tests, and to hold the real one to. */
export class MemoryStore {
  readonly ledgers = new Map<string, MemoryLedger>();
  events: StoredEvent[] = [];
  usage: StoredUsage[] = [];
  readonly journal: Record<string, number> = {};
  gaps: HistoryGap[] = [];
  #lastEvent = 0;
  #lastUsage = 0;
  #lastGap = 0;

  write({ ledgers, journal }: StoreBatch): Committed {
    const before = this.#lastEvent;
    for (const { ledger, writes } of ledgers) {
      for (const write of writes) this.#write(ledger, write);
    }
    for (const event of journal) {
      this.journal[event.server] = Math.max(this.journal[event.server] ?? 0, event.sequence);
      this.#addEvent(null, event);
    }
    return { events: this.events.filter(({ local }) => local > before) };
  }

  read(): LoadedStore {
    return {
      ledgers: [...this.ledgers].map(([id, ledger]) => ({
        id,
        term: ledger.term,
        log: { base: ledger.log.base, entries: [...ledger.log.entries] },
        witnessed: ledger.witnessed,
        syncSet: [...ledger.syncSet],
        ledger: {
          meta: ledger.meta,
          config: ledger.config,
          leases: sorted(ledger.leases),
          licenses: sorted(ledger.licenses),
          vendors: sorted(ledger.vendors),
          ended: this.endedOf(id),
        },
      })),
      journal: { ...this.journal },
      recentEvents: this.events.slice(-50),
      gaps: [...this.gaps],
    };
  }

  ledger(id: string): MemoryLedger {
    const ledger = this.ledgers.get(id);
    if (!ledger) throw new Error(`ledger ${id} is not hosted here`);
    return ledger;
  }

  endedOf(id: string): EndedLease[] {
    const inUsage = this.usage.flatMap(({ ledger, record }) =>
      ledger === id && record.kind === 'session' && record.end !== 'expired'
        ? [{ leaseId: record.leaseId, untilMs: endOfTokens(record) }]
        : [],
    );
    const all = [...this.ledger(id).endedInImage, ...inUsage];
    return [...new Map(all.map((one) => [one.leaseId, one])).values()];
  }

  fill(id: number, rows: readonly (UsageRecord | RecordedEvent)[], upTo: number): StoredEvent[] {
    const gap = this.gaps.find((one) => one.id === id);
    if (!gap) return [];
    const before = this.#lastEvent;
    for (const row of rows) {
      if ('atMs' in row) this.#addEvent(gap.ledger, row);
      else this.#addUsage(gap.ledger, row);
    }
    gap.from = Math.max(gap.from, upTo + 1);
    this.gaps = this.gaps.filter(({ from, to }) => from <= to);
    return this.events.filter(({ local }) => local > before);
  }

  #write(id: string, write: StoreWrite): void {
    if (write.type === 'createLedger') {
      const { term, log, witnessed, syncSet, ledger: stored } = write.stored;
      const ledger = new MemoryLedger(stored.config);
      ledger.take(stored);
      Object.assign(ledger, { term, witnessed, syncSet });
      ledger.log = { base: log.base, entries: [] };
      this.ledgers.set(id, ledger);
      this.#write(id, { type: 'append', entries: log.entries });
      return;
    }
    const ledger = this.ledger(id);
    switch (write.type) {
      case 'rows':
      case 'beginRows':
        throw new Error('this store keeps ledgers as logs');
      case 'dropLedger':
        this.ledgers.delete(id);
        this.gaps = this.gaps.filter((gap) => gap.ledger !== id);
        return;
      case 'term':
        ledger.term = write.term;
        return;
      case 'append':
        for (const entry of write.entries) {
          ledger.log.entries.push(entry);
          for (const change of entry.changes) this.#change(id, change);
        }
        return;
      case 'truncate':
        truncateAfter(ledger.log, Math.min(write.afterIndex, lastIndex(ledger.log)));
        for (const change of write.withdrawn.toReversed()) this.#withdraw(id, change);
        return;
      case 'image':
        ledger.log = { base: write.image.position, entries: [] };
        ledger.take(write.image.ledger);
        this.#forgetHistory(id, { usage: write.usageAfter, events: write.eventsAfter });
        return;
      case 'compact':
        compact(ledger.log, write.toIndex);
        return;
      case 'position':
        ledger.witnessed = write.position;
        return;
      case 'config':
        ledger.config = write.config;
        return;
      case 'syncSet':
        ledger.syncSet = write.members;
        return;
    }
  }

  #change(id: string, change: Change): void {
    this.ledger(id).change(change, 'after');
    if (change.type === 'usage') this.#addUsage(id, change.after);
    if (change.type === 'event') this.#addEvent(id, change.after);
  }

  #withdraw(id: string, change: Change): void {
    this.ledger(id).change(change, 'before');
    if (change.type === 'event') {
      this.events = this.events.filter(
        ({ ledger, sequence }) => ledger !== id || sequence !== change.after.sequence,
      );
    }
    if (change.type !== 'usage') return;
    const row = this.#findUsage(id, change.after.sequence);
    this.usage = this.usage.filter((one) => one !== row);
  }

  #findUsage(id: string, sequence: number): StoredUsage | undefined {
    return this.usage.find(({ ledger, record }) => ledger === id && record.sequence === sequence);
  }

  #addUsage(ledger: string, record: UsageRecord): void {
    const row = this.#findUsage(ledger, record.sequence);
    if (row && isSame(row.record, record)) return;
    this.usage = this.usage.filter((one) => one !== row);
    this.usage.push({ local: ++this.#lastUsage, ledger, record });
  }

  #addEvent(ledger: string | null, event: RecordedEvent): void {
    const known = this.events.find(
      (one) =>
        one.ledger === ledger &&
        one.sequence === event.sequence &&
        (ledger !== null || one.server === event.server),
    );
    if (known && (ledger === null || isSame({ ...known, ...event }, known))) return;
    this.events = this.events.filter((one) => one !== known);
    this.events.push({ ...event, local: ++this.#lastEvent, ledger });
  }

  /** Rows after these go; gaps take their place, and the gaps there were are made anew. */
  #forgetHistory(ledger: string, after: Record<HistoryKind, number>): void {
    const { usageSequence = 0, eventSequence = 0 } = this.ledger(ledger).meta ?? {};
    this.usage = this.usage.filter(
      (row) => row.ledger !== ledger || row.record.sequence <= after.usage,
    );
    this.events = this.events.filter(
      (event) => event.ledger !== ledger || event.sequence <= after.events,
    );
    const mine = this.gaps
      .filter((gap) => gap.ledger === ledger)
      .map((gap) => ({ ...gap, to: Math.min(gap.to, after[gap.kind]) }));
    this.gaps = this.gaps.filter((gap) => gap.ledger !== ledger);
    const fresh = { id: 0, ledger };
    mine.push({ ...fresh, kind: 'usage', from: after.usage + 1, to: usageSequence });
    mine.push({ ...fresh, kind: 'events', from: after.events + 1, to: eventSequence });
    for (const gap of mine) {
      if (gap.from <= gap.to) this.gaps.push({ ...gap, id: ++this.#lastGap });
    }
  }

  lastPosition(id: string) {
    return lastPosition(this.ledger(id).log);
  }
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sorted<T>(map: Map<string, T>): T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
