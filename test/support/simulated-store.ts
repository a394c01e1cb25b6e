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
  readonly usage = new Map<number, UsageRecord>();
  readonly events = new Map<number, RecordedEvent>();
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
        this.usage.set(change.after.sequence, change.after);
        return;
      case 'event':
        this.events.set(change.after.sequence, change.after);
        return;
      case 'meta':
        this.meta = change.after;
        return;
    }
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

  constructor(config: LedgerConfig) {
    this.tables = new SimulatedTables(config);
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
    }
  }

  read(): StoredReplica {
    const { term, log, witnessed, syncSet, tables } = this;
    return { term, log, witnessed, syncSet, ledger: tables.read() };
  }

  image(): LedgerImage {
    return { position: lastPosition(this.log), ledger: this.tables.read() };
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
    after: Pick<MissingHistory, 'usageAfter' | 'eventsAfter'>,
  ): void {
    const { usage, events } = this.tables;
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

function copyRows<T>(
  from: ReadonlyMap<number, T>,
  to: Map<number, T>,
  after: number,
  upTo: number,
  isWanted: (sequence: number) => boolean = () => true,
): void {
  for (const [sequence, row] of from) {
    if (sequence > after && sequence <= upTo && isWanted(sequence)) to.set(sequence, row);
  }
}
