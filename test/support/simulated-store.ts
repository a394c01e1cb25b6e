import type { EndedLease } from '../../src-main/node/core/ledger/change.ts';
import { endOfTokens } from '../../src-main/node/core/ledger/ended-leases.ts';
import type { LedgerConfig } from '../../src-shared/model/ledger-config.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../src-shared/model/vendor.ts';
import type {
  Change,
  LedgerMeta,
  RecordedEvent,
  StoredLedger,
} from '../../src-main/node/core/ledger/change.ts';
import type { MissingHistory as SpellGap } from '../../src-main/node/core/replica/row-history.ts';
import type { RowChange } from '../../src-main/node/core/rows/row-set.ts';
import { logSpell, type Row, type SpellId } from '../../src-main/node/core/rows/row.ts';
import {
  appendEntry,
  compact,
  createLog,
  lastPosition,
  type ReplicaLog,
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

/** What would be on disk: changes that were made durable, in tables as a store has them. */
export class SimulatedTables {
  meta: LedgerMeta | null = null;
  config: LedgerConfig;
  readonly leases = new Map<string, Lease>();
  readonly licenses = new Map<string, InstalledLicense>();
  readonly vendors = new Map<string, TrustedVendor>();
  /** By number; under `continuity` by spell and number. */
  readonly usage = new Map<number | string, UsageRecord>();
  readonly events = new Map<number | string, RecordedEvent>();
  readonly rows = new Map<string, Row>();
  /** How far the life of a lease was at its end, by the key of its usage record. */
  readonly ranks = new Map<string, number>();
  /** Of an image, whose usage records come later. */
  ended: readonly EndedLease[] = [];

  constructor(config: LedgerConfig) {
    this.config = config;
  }

  write(change: Change): void {
    switch (change.type) {
      case 'lease':
        replace(this.leases, change.before?.id, change.after?.id, change.after);
        return;
      case 'license':
        replace(this.licenses, change.before?.id, change.after?.id, change.after);
        return;
      case 'vendor':
        replace(this.vendors, change.before?.keyId, change.after?.keyId, change.after);
        return;
      case 'config':
        this.config = change.after;
        return;
      case 'usage':
        this.addUsage(change);
        return;
      case 'event':
        this.events.set(historyKey(change), change.after);
        return;
      case 'meta':
        this.meta = change.after;
        return;
      case 'row':
        return;
    }
  }

  /** One write under `continuity`: rows by kind and key, and the history that came with them. */
  writeRows(changes: readonly Change[]): void {
    for (const change of changes) {
      this.write(change);
      if ('row' in change && change.row) this.putRow(change.row);
    }
  }

  putRow({ before, after }: RowChange): void {
    const row = after ?? before;
    if (!row) return;
    if (after) this.rows.set(`${row.kind} ${row.id}`, after);
    else this.rows.delete(`${row.kind} ${row.id}`);
    this.#derive(row, after);
  }

  /** What the row comes to for whoever looks into the tables. */
  #derive({ kind, id }: Row, after: Row | null): void {
    switch (kind) {
      case 'lease':
        replace(this.leases, id, id, after?.kind === 'lease' ? after.lease : null);
        return;
      case 'license':
        replace(this.licenses, id, id, after?.kind === 'license' ? after.license : null);
        return;
      case 'vendor':
        replace(this.vendors, id, id, after?.kind === 'vendor' ? after.vendor : null);
        return;
      case 'config':
        if (after?.kind === 'config') this.config = after.config;
        return;
      case 'spell':
        return;
    }
  }

  /** Of several ends of one lease the one with the highest rank counts. */
  addUsage(change: Extract<Change, { type: 'usage' }>): void {
    const key = historyKey(change);
    const { after, rank = 0 } = change;
    if (after.kind === 'session') {
      for (const [other, record] of this.usage) {
        if (other === key || record.kind !== 'session' || record.leaseId !== after.leaseId)
          continue;
        const order =
          (this.ranks.get(String(other)) ?? 0) - rank ||
          record.endedAtMs - after.endedAtMs ||
          (String(other) < String(key) ? -1 : 1);
        if (order > 0) return;
        this.usage.delete(other);
      }
    }
    this.usage.set(key, after);
    this.ranks.set(String(key), rank);
  }

  undo(change: Change): void {
    switch (change.type) {
      case 'lease':
        replace(this.leases, change.after?.id, change.before?.id, change.before);
        return;
      case 'license':
        replace(this.licenses, change.after?.id, change.before?.id, change.before);
        return;
      case 'vendor':
        replace(this.vendors, change.after?.keyId, change.before?.keyId, change.before);
        return;
      case 'config':
        this.config = change.before;
        return;
      case 'usage':
        this.usage.delete(change.after.sequence);
        return;
      case 'event':
        this.events.delete(change.after.sequence);
        return;
      case 'meta':
        this.meta = change.before;
        return;
      case 'row':
        return;
    }
  }

  read(): StoredLedger {
    return {
      meta: this.meta,
      config: this.config,
      leases: [...this.leases.values()],
      licenses: [...this.licenses.values()],
      vendors: [...this.vendors.values()],
      ended: [
        ...this.ended,
        ...[...this.usage.values()].flatMap((usage) =>
          usage.kind === 'session' && usage.end !== 'expired'
            ? [{ leaseId: usage.leaseId, untilMs: endOfTokens(usage) }]
            : [],
        ),
      ],
      rows: [...this.rows.values()],
    };
  }
}

function replace<T>(
  table: Map<string, T>,
  formerKey: string | undefined,
  key: string | undefined,
  value: T | null,
): void {
  if (formerKey !== undefined) table.delete(formerKey);
  if (key !== undefined && value !== null) table.set(key, value);
}

function keyOf(spell: SpellId, sequence: number): number | string {
  return spell === logSpell ? sequence : `${spell} ${sequence}`;
}

function historyKey(change: Extract<Change, { type: 'usage' | 'event' }>): number | string {
  const { spell, after } = change;
  return keyOf(spell ?? logSpell, after.sequence);
}

/** Usage and timeline above a number, that a member lacks and fetches apart. */
export interface MissingHistory {
  usageAfter: number;
  usageUpTo: number;
  eventsAfter: number;
  eventsUpTo: number;
}

/** What is durable at one member. A write is a whole transaction, as in the real store. */
export class SimulatedStore {
  term: Term = noTerm;
  log: ReplicaLog = createLog();
  witnessed: Position = noPosition;
  syncSet: string[] = [];
  tables: SimulatedTables;
  /** Rows up to `tables.meta` that an image left out. */
  missing: MissingHistory | null = null;
  /** Under `continuity`: what spells recorded and did not come with their rows, one number each. */
  gaps: SpellGap[] = [];

  constructor(config: LedgerConfig) {
    this.tables = new SimulatedTables(config);
  }

  static copyOf(store: SimulatedStore): SimulatedStore {
    const { tables, ...rest } = store;
    const copy = new SimulatedStore(structuredClone(tables.config));
    Object.assign(copy, structuredClone(rest));
    Object.assign(copy.tables, structuredClone({ ...tables }));
    return copy;
  }

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
        for (const change of write.withdrawn.toReversed()) this.tables.undo(change);
        return;
      case 'image':
        this.#load(write.image, write);
        return;
      case 'compact':
        compact(this.log, write.toIndex);
        return;
      case 'position':
        this.witnessed = write.position;
        return;
      case 'config':
        this.tables.config = write.config;
        return;
      case 'syncSet':
        this.syncSet = [...write.members];
        return;
      case 'rows':
        this.tables.writeRows(write.changes);
        this.#addGaps(write.gaps);
        for (const change of write.changes) {
          if (change.type === 'usage' || change.type === 'event') this.#closeGap(change);
        }
        return;
      case 'beginRows': {
        const { usage, events, ranks, meta } = this.tables;
        this.tables = new SimulatedTables(write.config);
        this.tables.meta = meta;
        copyAll(usage, this.tables.usage);
        copyAll(events, this.tables.events);
        copyAll(ranks, this.tables.ranks);
        this.log = { base: lastPosition(this.log), entries: [] };
        this.#keepMissing();
        return;
      }
    }
  }

  read(): StoredReplica {
    const { term, log, witnessed, syncSet, tables } = this;
    return { term, log, witnessed, syncSet, ledger: tables.read() };
  }

  image(): LedgerImage {
    return { position: lastPosition(this.log), ledger: this.tables.read() };
  }

  /** What an image left out and did not come yet is missing still. */
  #keepMissing(): void {
    if (!this.missing) return;
    const { usageAfter, usageUpTo, eventsAfter, eventsUpTo } = this.missing;
    this.missing = null;
    this.#addGaps([
      { spell: logSpell, kind: 'usage', from: usageAfter + 1, to: usageUpTo },
      { spell: logSpell, kind: 'events', from: eventsAfter + 1, to: eventsUpTo },
    ]);
  }

  /** What is said to be missing can be here from a time before the spell's row was. */
  #addGaps(gaps: readonly SpellGap[]): void {
    for (const { spell, kind, from, to } of gaps) {
      for (let sequence = from; sequence <= to; sequence++) {
        if (this.tables[kind].has(keyOf(spell, sequence))) continue;
        this.gaps.push({ spell, kind, from: sequence, to: sequence });
      }
    }
  }

  /** A record that came after its spell's row, as when a write is sent again, is missing no longer. */
  #closeGap({ type, spell = logSpell, after }: Extract<Change, { type: 'usage' | 'event' }>): void {
    const kind = type === 'usage' ? 'usage' : 'events';
    const { sequence } = after;
    if (!this.lacks(spell, kind, sequence)) return;
    this.gaps = this.gaps.filter(
      (gap) => gap.spell !== spell || gap.kind !== kind || gap.from !== sequence,
    );
  }

  /** Takes history of spells from another member, as far as that one has it. */
  fillSpells(from: SimulatedStore): void {
    this.gaps = this.gaps.flatMap((gap) => this.#fillGap(from, gap));
  }

  /** What is still missing then. */
  #fillGap(from: SimulatedStore, { spell, kind, from: first, to }: SpellGap): SpellGap[] {
    const left: SpellGap[] = [];
    for (let sequence = first; sequence <= to; sequence++) {
      const has = from.reaches(spell, kind, sequence) && !from.lacks(spell, kind, sequence);
      if (has) this.#copy(from, spell, kind, sequence);
      else left.push({ spell, kind, from: sequence, to: sequence });
    }
    return left;
  }

  lacks(spell: string, kind: 'usage' | 'events', sequence: number): boolean {
    return this.gaps.some(
      (gap) =>
        gap.spell === spell && gap.kind === kind && gap.from <= sequence && sequence <= gap.to,
    );
  }

  reaches(spell: string, kind: 'usage' | 'events', sequence: number): boolean {
    const row = this.tables.rows.get(`spell ${spell}`);
    return row?.kind === 'spell' && row[kind] >= sequence;
  }

  #copy(from: SimulatedStore, spell: string, kind: 'usage' | 'events', sequence: number): void {
    const key = keyOf(spell, sequence);
    if (kind === 'events') {
      const after = from.tables.events.get(key);
      if (after) this.tables.write({ type: 'event', spell, after });
      return;
    }
    const after = from.tables.usage.get(key);
    const rank = from.tables.ranks.get(String(key)) ?? 0;
    if (after) this.tables.write({ type: 'usage', spell, rank, after });
  }

  /** Takes rows that an image left out from another member, as far as that one is sure of its own. */
  takeHistory(from: SimulatedStore): void {
    if (!this.missing) return;
    const { usageAfter, usageUpTo, eventsAfter, eventsUpTo } = this.missing;
    const lacks = from.missing;
    const isSure = (after: number | undefined, upTo: number | undefined) => (sequence: number) =>
      after === undefined || upTo === undefined || sequence <= after || sequence > upTo;
    const usageIsSure = isSure(lacks?.usageAfter, lacks?.usageUpTo);
    const eventIsSure = isSure(lacks?.eventsAfter, lacks?.eventsUpTo);
    copyRows(from.tables.usage, this.tables.usage, usageAfter, usageUpTo, usageIsSure);
    copyRows(from.tables.events, this.tables.events, eventsAfter, eventsUpTo, eventIsSure);
  }

  /** Takes rows that are not here at all from any other member. */
  fillGaps(from: SimulatedStore): void {
    if (!this.missing) return;
    const { usageUpTo, eventsUpTo } = this.missing;
    const { usage, events } = this.tables;
    copyRows(from.tables.usage, usage, 0, usageUpTo, (sequence) => !usage.has(sequence));
    copyRows(from.tables.events, events, 0, eventsUpTo, (sequence) => !events.has(sequence));
  }

  #load(
    { position, ledger }: LedgerImage,
    after: Pick<MissingHistory, 'usageAfter' | 'eventsAfter'> & { gaps?: readonly SpellGap[] },
  ): void {
    const { usage, events, ranks } = this.tables;
    this.tables = new SimulatedTables(ledger.config);
    this.tables.meta = ledger.meta;
    this.tables.ended = ledger.ended;
    for (const lease of ledger.leases) this.tables.leases.set(lease.id, lease);
    for (const license of ledger.licenses) this.tables.licenses.set(license.id, license);
    for (const vendor of ledger.vendors) this.tables.vendors.set(vendor.keyId, vendor);
    // What may differ is kept until the right rows are there: nobody else may have them any more.
    const { usageSequence = 0, eventSequence = 0 } = ledger.meta ?? {};
    copyRows(usage, this.tables.usage, 0, usageSequence);
    copyRows(events, this.tables.events, 0, eventSequence);
    copySpells(usage, this.tables.usage);
    copySpells(events, this.tables.events);
    copyAll(ranks, this.tables.ranks);
    for (const after of ledger.rows ?? []) this.tables.putRow({ before: null, after });
    this.#addGaps(after.gaps ?? []);
    this.log = { base: position, entries: [] };
    // What was lacking before is lacking still.
    const before = this.missing;
    this.missing = {
      usageAfter: Math.min(after.usageAfter, before?.usageAfter ?? Infinity),
      usageUpTo: usageSequence,
      eventsAfter: Math.min(after.eventsAfter, before?.eventsAfter ?? Infinity),
      eventsUpTo: eventSequence,
    };
  }
}

/** History of the time under `continuity`. */
function copySpells<T>(from: ReadonlyMap<number | string, T>, to: Map<number | string, T>): void {
  for (const [key, value] of from) if (typeof key === 'string') to.set(key, value);
}

function copyAll<K, T>(from: ReadonlyMap<K, T>, to: Map<K, T>): void {
  for (const [key, value] of from) to.set(key, value);
}

function copyRows<T>(
  from: ReadonlyMap<number | string, T>,
  to: Map<number | string, T>,
  after: number,
  upTo: number,
  isWanted: (sequence: number) => boolean = () => true,
): void {
  for (const [sequence, row] of from) {
    if (typeof sequence === 'string') continue;
    if (sequence > after && sequence <= upTo && isWanted(sequence)) to.set(sequence, row);
  }
}
