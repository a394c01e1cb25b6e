import type { Change, EndedLease, LedgerMeta } from '../../src-main/node/core/ledger/change.ts';
import { endOfTokens } from '../../src-main/node/core/ledger/ended-leases.ts';
import {
  appendEntry,
  compact,
  createLog,
  lastIndex,
  lastPosition,
  type ReplicaLog,
  truncateAfter,
} from '../../src-main/node/core/replica/log.ts';
import type { LedgerImage } from '../../src-main/node/core/replica/message.ts';
import type { StoredReplica } from '../../src-main/node/core/replica/replica.ts';
import type { Write } from '../../src-main/node/core/replica/replica-effect.ts';
import { noPosition, noTerm, type Term } from '../../src-main/node/core/replica/term.ts';
import { keptByOthers } from '../../src-main/node/core/replica/whole.ts';
import type { RowChange } from '../../src-main/node/core/rows/row-set.ts';
import { configId, logSpell, type Row, type SpellId } from '../../src-main/node/core/rows/row.ts';
import type { HistoryGap, HistoryQuery } from '../../src-main/node/store/store.ts';
import type { LedgerConfig } from '../../src-shared/model/ledger-config.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../src-shared/model/vendor.ts';
import {
  Arrivals,
  type HistoryRow,
  isOfLedger,
  MemoryHistory,
  type StoredUsage,
} from './memory-history.ts';

/** Rows of a history: all that there are from `from` to `upTo`, as in a page of the real store. */
export interface MemoryPage {
  rows: HistoryRow[];
  from: number;
  upTo: number;
}

/**
 * One ledger as the real store keeps it, which a property test holds to this one. A write is a whole
 * transaction. What is written is kept as it is, and must not be altered any more.
 */
export class MemoryLedger {
  term = noTerm;
  log: ReplicaLog = createLog();
  witnessed = noPosition;
  syncSet: readonly string[] = [];
  meta: LedgerMeta | null = null;
  config: LedgerConfig;
  readonly leases = new Map<string, Lease>();
  readonly licenses = new Map<string, InstalledLicense>();
  readonly vendors = new Map<string, TrustedVendor>();
  readonly rows = new Map<string, Row>();
  readonly history: MemoryHistory;
  #endedInImage: readonly EndedLease[] = [];

  constructor(
    config: LedgerConfig,
    history = new MemoryHistory('ledger', new Arrivals()),
    term = noTerm,
  ) {
    this.config = config;
    this.history = history;
    this.term = term;
  }

  /** Of a server that is called to it, as `Replicas` creates one. */
  static called(self: string, config: LedgerConfig, history: MemoryHistory, term: Term) {
    const created = new MemoryLedger(config, history, term);
    created.syncSet = keptByOthers(config, self);
    return created;
  }

  static from(stored: StoredReplica, history?: MemoryHistory): MemoryLedger {
    const { term, log, witnessed, syncSet, ledger } = stored;
    const created = new MemoryLedger(ledger.config, history);
    created.#take(ledger);
    Object.assign(created, { term, witnessed, syncSet });
    created.log = { base: log.base, entries: [] };
    created.write({ type: 'append', entries: log.entries });
    return created;
  }

  copy(): MemoryLedger {
    const copy = new MemoryLedger(this.config, this.history.copy());
    const { term, witnessed, syncSet, meta, log } = this;
    Object.assign(copy, { term, witnessed, syncSet, meta });
    copy.log = { base: log.base, entries: [...log.entries] };
    copyAll(this.leases, copy.leases);
    copyAll(this.licenses, copy.licenses);
    copyAll(this.vendors, copy.vendors);
    copyAll(this.rows, copy.rows);
    copy.#endedInImage = this.#endedInImage;
    return copy;
  }

  read(): StoredReplica {
    const { term, log, witnessed, syncSet } = this;
    return {
      ...{ term, witnessed, syncSet: [...syncSet] },
      log: { base: log.base, entries: [...log.entries] },
      ledger: this.#readLedger(),
    };
  }

  image(): LedgerImage {
    const { index, term } = lastPosition(this.log);
    return { position: { index, term }, ledger: this.#readLedger() };
  }

  write(write: Write): void {
    switch (write.type) {
      case 'rows':
        for (const change of write.changes) this.#changeRows(change);
        this.history.addGaps(write.gaps);
        return;
      case 'beginRows': {
        const { index, term } = lastPosition(this.log);
        this.log = { base: { index, term }, entries: [] };
        this.#clear();
        this.config = write.config;
        if (!write.keepsGaps) this.history.forgetGaps(({ spell }) => spell === logSpell);
        return;
      }
      case 'term':
        this.term = write.term;
        return;
      case 'append':
        for (const entry of write.entries) {
          appendEntry(this.log, entry);
          for (const change of entry.changes) this.#changeLog(change);
        }
        return;
      case 'truncate':
        truncateAfter(this.log, Math.min(write.afterIndex, lastIndex(this.log)));
        for (const change of write.withdrawn.toReversed()) this.#withdraw(change);
        return;
      case 'image':
        this.log = { base: write.image.position, entries: [] };
        this.#take(write.image.ledger);
        this.#forgetHistory(write);
        return;
      case 'compact':
        compact(this.log, write.toIndex);
        return;
      case 'position':
        this.witnessed = write.position;
        return;
      case 'config':
        this.config = write.config;
        return;
      case 'syncSet':
        this.syncSet = write.members;
        return;
    }
  }

  /** The first rows after `after` of which nothing is missing; `upTo` below `from`: there are none. */
  readHistory({ spell, kind, after, upTo, limit }: Omit<HistoryQuery, 'ledger'>): MemoryPage {
    const range = this.#findKnown({ spell, kind, after, upTo });
    const all = this.history.rows(spell, kind, range.from, range.upTo);
    const rows = all.slice(0, limit);
    const last = rows.length < all.length ? rows.at(-1)?.sequence : undefined;
    return { rows, from: range.from, upTo: last ?? range.upTo };
  }

  /** That of the ledger, without what this server recorded alone before it was taken out. */
  get usage(): UsageRecord[] {
    return this.#ofLedger(this.history.counted);
  }

  hasUsageOf(leaseId: string): boolean {
    return this.history.hasUsageOf(leaseId, (spell) => this.reaches(spell, 'usage'));
  }

  /** How far the history of a spell goes, by its row; in the time as a log by the ledger's figures. */
  reaches(spell: string, kind: 'usage' | 'events'): number {
    const row = this.rows.get(`spell ${spell}`);
    const ofSpell = row?.kind === 'spell' ? row[kind] : 0;
    if (spell !== logSpell) return ofSpell;
    const { usageSequence = 0, eventSequence = 0 } = this.meta ?? {};
    return Math.max(ofSpell, kind === 'usage' ? usageSequence : eventSequence);
  }

  /** Adds what was sent for a gap: all that there is from `from` to `upTo`. */
  fill(gap: HistoryGap, rows: readonly HistoryRow[], range: { from: number; upTo: number }): void {
    this.history.fill(gap, rows, range, this.#usageReach);
  }

  readonly #usageReach = (spell: SpellId): number => {
    const row = this.rows.get(`spell ${spell}`);
    return row?.kind === 'spell' ? row.usage : 0;
  };

  #ofLedger(all: readonly StoredUsage[]): UsageRecord[] {
    return all.filter((one) => isOfLedger(one, this.#usageReach)).map(({ record }) => record);
  }

  #findKnown({ spell, kind, after, upTo }: Omit<HistoryQuery, 'ledger' | 'limit'>) {
    const none = { from: after + 1, upTo: after };
    const highest = Math.min(upTo, this.reaches(spell, kind));
    const gaps = this.history.gaps
      .filter((gap) => gap.spell === spell && gap.kind === kind && gap.to > after)
      .sort((a, b) => a.from - b.from);
    let from = after + 1;
    for (const gap of gaps) {
      const last = Math.min(highest, gap.from - 1);
      if (gap.from > from) return from <= last ? { from, upTo: last } : none;
      from = Math.max(from, gap.to + 1);
    }
    return from <= highest ? { from, upTo: highest } : none;
  }

  #keepsRows(): boolean {
    return this.rows.has(`config ${configId}`);
  }

  #readLedger(): StoredReplica['ledger'] {
    const rows = sorted(this.rows);
    const found = <T>(of: (row: Row) => T | null | undefined) =>
      rows.flatMap((row) => of(row) ?? []);
    const live = found((row) => (row.kind === 'lease' ? row.lease : null));
    const installed = found((row) => (row.kind === 'license' ? row.license : null));
    const trusted = found((row) => (row.kind === 'vendor' ? row.vendor : null));
    return {
      meta: this.meta,
      config: this.config,
      leases: [...sorted(this.leases), ...live],
      licenses: [...sorted(this.licenses), ...installed],
      vendors: [...sorted(this.vendors), ...trusted],
      ended: this.#keepsRows() ? [] : this.#ended(),
      ...(rows.length > 0 ? { rows } : {}),
    };
  }

  #ended(): EndedLease[] {
    const inUsage = this.#ofLedger(this.history.usage).flatMap((record) =>
      record.kind === 'session' && record.end !== 'expired'
        ? [{ leaseId: record.leaseId, untilMs: endOfTokens(record) }]
        : [],
    );
    const all = [...this.#endedInImage, ...inUsage];
    return [...new Map(all.map((one) => [one.leaseId, one])).values()];
  }

  #take({ meta, config, leases, licenses, vendors, ended, rows }: StoredReplica['ledger']): void {
    this.meta = meta;
    this.config = config;
    this.#clear();
    for (const row of rows ?? []) this.#putRow({ before: null, after: row });
    for (const lease of leases) this.leases.set(lease.id, lease);
    for (const license of licenses) this.licenses.set(license.id, license);
    for (const vendor of vendors) this.vendors.set(vendor.keyId, vendor);
    this.#endedInImage = ended;
  }

  #clear(): void {
    for (const map of [this.leases, this.licenses, this.vendors, this.rows]) map.clear();
    this.#endedInImage = [];
  }

  #forgetHistory({ usageAfter, eventsAfter, gaps = [] }: Extract<Write, { type: 'image' }>): void {
    const { usageSequence = 0, eventSequence = 0 } = this.meta ?? {};
    const after = { usage: usageAfter, events: eventsAfter };
    this.history.forget(after, { usage: usageSequence, events: eventSequence });
    this.history.addGaps(gaps);
  }

  #putRow({ before, after }: RowChange): void {
    const row = after ?? before;
    put(this.rows, row ? `${row.kind} ${row.id}` : undefined, after);
    if (after?.kind === 'config') this.config = after.config;
  }

  #changeRows(change: Change): void {
    if (change.type === 'usage') this.history.addUsage(change.after, change, this.#usageReach);
    else if (change.type === 'event') this.history.addEvent(change.after, change.spell);
    else if (change.type === 'meta') this.meta = change.after;
    else if (change.row) this.#putRow(change.row);
  }

  #changeLog(change: Change): void {
    if (change.type === 'usage') this.history.addUsage(change.after, {}, this.#usageReach);
    else if (change.type === 'event') this.history.addEvent(change.after);
    else this.#change(change, 'after');
  }

  #withdraw(change: Change): void {
    if (change.type === 'usage' || change.type === 'event') this.history.withdraw(change);
    else this.#change(change, 'before');
  }

  /** `to`: the state before the change or the one after it. */
  #change(change: Exclude<Change, { type: 'usage' | 'event' }>, to: 'before' | 'after'): void {
    switch (change.type) {
      case 'lease':
        put(this.leases, (change.after ?? change.before)?.id, change[to]);
        return;
      case 'license':
        put(this.licenses, (change.after ?? change.before)?.id, change[to]);
        return;
      case 'vendor':
        put(this.vendors, (change.after ?? change.before)?.keyId, change[to]);
        return;
      case 'meta':
        this.meta = change[to];
        return;
      case 'config':
        this.config = change[to];
        return;
      case 'row':
        throw new Error('a row is written to a log');
    }
  }
}

function put<T>(map: Map<string, T>, id: string | undefined, value: T | null): void {
  if (id === undefined) return;
  if (value === null) map.delete(id);
  else map.set(id, value);
}

function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function copyAll<K, T>(from: ReadonlyMap<K, T>, to: Map<K, T>): void {
  for (const [key, value] of from) to.set(key, value);
}
