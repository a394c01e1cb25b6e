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
import type { RowChange } from '../../src-main/node/core/rows/row-set.ts';
import { configId, logSpell, type Row, type SpellId } from '../../src-main/node/core/rows/row.ts';
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
  spell: SpellId;
  rank: number;
  record: UsageRecord;
}

/** A timeline entry, and the spell that it is of; of a journal it says nothing. */
interface SpellEvent {
  spell: SpellId;
  event: StoredEvent;
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
  readonly rows = new Map<string, Row>();
  endedInImage: EndedLease[] = [];

  constructor(config: LedgerConfig) {
    this.config = config;
  }

  take({ meta, config, leases, licenses, vendors, ended, rows }: StoredReplica['ledger']): void {
    this.meta = meta;
    this.config = config;
    this.clear();
    for (const row of rows ?? []) this.putRow({ before: null, after: row });
    for (const lease of leases) this.leases.set(lease.id, lease);
    for (const license of licenses) this.licenses.set(license.id, license);
    for (const vendor of vendors) this.vendors.set(vendor.keyId, vendor);
    this.endedInImage = ended;
  }

  clear(): void {
    for (const map of [this.leases, this.licenses, this.vendors, this.rows]) map.clear();
    this.endedInImage = [];
  }

  putRow({ before, after }: RowChange): void {
    const row = after ?? before;
    replace(this.rows, row ? `${row.kind} ${row.id}` : undefined, after);
    if (after?.kind === 'config') this.config = after.config;
  }

  keepsRows(): boolean {
    return this.rows.has(`config ${configId}`);
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
        throw new Error('a row is written to a log');
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
  takenOut: Record<string, number> = {};
  timeline: SpellEvent[] = [];
  usage: StoredUsage[] = [];
  readonly journal: Record<string, number> = {};
  gaps: HistoryGap[] = [];
  #lastEvent = 0;
  #lastUsage = 0;
  #lastGap = 0;

  get events(): StoredEvent[] {
    return this.timeline.map(({ event }) => event);
  }

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
        ledger: this.#ledgerOf(id, ledger),
      })),
      takenOut: { ...this.takenOut },
      journal: { ...this.journal },
      recentEvents: this.events.slice(-50),
      gaps: [...this.gaps],
      boot: null,
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

  #ledgerOf(id: string, ledger: MemoryLedger): StoredReplica['ledger'] {
    const rows = sorted(ledger.rows);
    const found = <T>(of: (row: Row) => T | null | undefined) =>
      rows.flatMap((row) => of(row) ?? []);
    return {
      meta: ledger.meta,
      config: ledger.config,
      leases: [
        ...sorted(ledger.leases),
        ...found((row) => (row.kind === 'lease' ? row.lease : null)),
      ],
      licenses: [
        ...sorted(ledger.licenses),
        ...found((row) => (row.kind === 'license' ? row.license : null)),
      ],
      vendors: [
        ...sorted(ledger.vendors),
        ...found((row) => (row.kind === 'vendor' ? row.vendor : null)),
      ],
      ended: ledger.keepsRows() ? [] : this.endedOf(id),
      ...(rows.length > 0 ? { rows } : {}),
    };
  }

  fill(
    id: number,
    rows: readonly (UsageRecord | RecordedEvent)[],
    { from, upTo }: { from: number; upTo: number },
  ): StoredEvent[] {
    const gap = this.gaps.find((one) => one.id === id);
    if (!gap) return [];
    const before = this.#lastEvent;
    for (const row of rows) {
      if ('atMs' in row) this.#addEvent(gap.ledger, row, gap.spell);
      else this.#addUsage(gap.ledger, row, gap);
    }
    this.#closeGaps(gap, from, upTo);
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
      delete this.takenOut[id];
      this.#write(id, { type: 'append', entries: log.entries });
      return;
    }
    const ledger = this.ledger(id);
    switch (write.type) {
      case 'rows':
        for (const change of write.changes) this.#changeRows(id, change);
        this.#addGaps(id, write.gaps);
        return;
      case 'beginRows': {
        const { index, term } = lastPosition(ledger.log);
        ledger.log = { base: { index, term }, entries: [] };
        ledger.clear();
        ledger.config = write.config;
        this.gaps = this.gaps.filter((gap) => gap.ledger !== id || gap.spell !== logSpell);
        return;
      }
      case 'dropLedger':
        this.ledgers.delete(id);
        if (write.takenOutIn !== undefined) this.takenOut[id] = write.takenOutIn;
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
        this.#addGaps(id, write.gaps ?? []);
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

  #changeRows(id: string, change: Change): void {
    if (change.type === 'usage') this.#addUsage(id, change.after, change);
    else if (change.type === 'event') this.#addEvent(id, change.after, change.spell);
    else if (change.type === 'meta') this.ledger(id).meta = change.after;
    else if (change.row) this.ledger(id).putRow(change.row);
  }

  #isHere(ledger: string, spell: SpellId, kind: HistoryGap['kind'], sequence: number): boolean {
    if (kind === 'usage') return this.#findUsage(ledger, spell, sequence) !== undefined;
    return this.timeline.some(
      (one) =>
        one.spell === spell && one.event.ledger === ledger && one.event.sequence === sequence,
    );
  }

  /** Of what a spell recorded, a record that comes in whatever way is missing no longer. */
  #noteHere(ledger: string, spell: string, kind: HistoryGap['kind'], sequence: number): void {
    if (spell !== logSpell) this.#closeGaps({ ledger, spell, kind }, sequence, sequence);
  }

  #closeGaps(
    { ledger, spell, kind }: Pick<HistoryGap, 'ledger' | 'spell' | 'kind'>,
    from: number,
    to: number,
  ): void {
    const split: HistoryGap[] = [];
    this.gaps = this.gaps.flatMap((gap) => {
      const isAnother = gap.ledger !== ledger || gap.spell !== spell || gap.kind !== kind;
      if (isAnother || gap.to < from || gap.from > to) return [gap];
      if (gap.from >= from) return gap.to > to ? [{ ...gap, from: to + 1 }] : [];
      if (gap.to > to) split.push({ ...gap, id: ++this.#lastGap, from: to + 1 });
      return [{ ...gap, to: from - 1 }];
    });
    this.gaps.push(...split);
  }

  #addGaps(ledger: string, gaps: readonly Omit<HistoryGap, 'id' | 'ledger'>[]): void {
    for (const { spell, kind, from, to } of gaps) {
      const isHere = (sequence: number) => this.#isHere(ledger, spell, kind, sequence);
      let first = from;
      for (let next = from; next <= to + 1; next++) {
        if (next <= to && (spell === logSpell || !isHere(next))) continue;
        if (first < next) {
          const id = ++this.#lastGap;
          this.gaps.push({ id, ledger, spell, kind, from: first, to: next - 1 });
        }
        first = next + 1;
      }
    }
  }

  #withdraw(id: string, change: Change): void {
    this.ledger(id).change(change, 'before');
    if (change.type === 'event') {
      this.timeline = this.timeline.filter(
        ({ spell, event }) =>
          event.ledger !== id || spell !== logSpell || event.sequence !== change.after.sequence,
      );
    }
    if (change.type !== 'usage') return;
    const row = this.#findUsage(id, logSpell, change.after.sequence);
    this.usage = this.usage.filter((one) => one !== row);
  }

  #findUsage(id: string, spell: SpellId, sequence: number): StoredUsage | undefined {
    return this.usage.find(
      (one) => one.ledger === id && one.spell === spell && one.record.sequence === sequence,
    );
  }

  #addUsage(
    ledger: string,
    record: UsageRecord,
    { spell = logSpell, rank = 0 }: { spell?: SpellId; rank?: number } = {},
  ): void {
    this.#noteHere(ledger, spell, 'usage', record.sequence);
    const row = this.#findUsage(ledger, spell, record.sequence);
    if (row && isSame(row.record, record)) return;
    this.usage = this.usage.filter((one) => one !== row);
    const added = { local: 0, ledger, spell, rank, record };
    const others = this.usage.filter((one) => areEndsOfOne(one, added));
    if (others.some((one) => compareEnds(one, added) > 0)) return;
    this.usage = this.usage.filter((one) => !others.includes(one));
    this.usage.push({ ...added, local: ++this.#lastUsage });
  }

  #addEvent(ledger: string | null, event: RecordedEvent, spell: SpellId = logSpell): void {
    if (ledger !== null) this.#noteHere(ledger, spell, 'events', event.sequence);
    const known = this.timeline.find(
      ({ event: one, spell: other }) =>
        one.ledger === ledger &&
        one.sequence === event.sequence &&
        (ledger === null ? one.server === event.server : spell === other),
    );
    if (known && (ledger === null || isSame({ ...known.event, ...event }, known.event))) return;
    this.timeline = this.timeline.filter((one) => one !== known);
    this.timeline.push({ spell, event: { ...event, local: ++this.#lastEvent, ledger } });
  }

  /** Rows of the time as a log after these go; gaps take their place, those there were anew. */
  #forgetHistory(ledger: string, after: Record<HistoryKind, number>): void {
    const { usageSequence = 0, eventSequence = 0 } = this.ledger(ledger).meta ?? {};
    const isOfLog = (one: { ledger: string | null; spell: SpellId }) =>
      one.ledger === ledger && one.spell === logSpell;
    this.usage = this.usage.filter((row) => !isOfLog(row) || row.record.sequence <= after.usage);
    this.timeline = this.timeline.filter(
      ({ spell, event }) =>
        !isOfLog({ ledger: event.ledger, spell }) || event.sequence <= after.events,
    );
    const mine = this.gaps
      .filter(isOfLog)
      .map((gap) => ({ ...gap, to: Math.min(gap.to, after[gap.kind]) }));
    this.gaps = this.gaps.filter((gap) => !isOfLog(gap));
    const fresh = { id: 0, ledger, spell: logSpell };
    mine.push({ ...fresh, kind: 'usage', from: after.usage + 1, to: usageSequence });
    mine.push({ ...fresh, kind: 'events', from: after.events + 1, to: eventSequence });
    this.#addGaps(
      ledger,
      mine.filter(({ from, to }) => from <= to),
    );
  }

  lastPosition(id: string) {
    return lastPosition(this.ledger(id).log);
  }
}

/** Of several ends of one lease one counts, unless both are of the time as a log. */
function areEndsOfOne(a: StoredUsage, b: StoredUsage): boolean {
  if (a.record.kind !== 'session' || b.record.kind !== 'session') return false;
  if (a.ledger !== b.ledger || a.record.leaseId !== b.record.leaseId) return false;
  return a.spell !== logSpell || b.spell !== logSpell;
}

function compareEnds(a: StoredUsage, b: StoredUsage): number {
  if (a.record.kind !== 'session' || b.record.kind !== 'session') return 0;
  return (
    a.rank - b.rank ||
    a.record.endedAtMs - b.record.endedAtMs ||
    (a.spell < b.spell ? -1 : a.spell > b.spell ? 1 : a.record.sequence - b.record.sequence)
  );
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sorted<T>(map: Map<string, T>): T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
