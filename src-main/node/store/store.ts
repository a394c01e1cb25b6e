import type { AdminArguments } from '../../../src-shared/contract/admin.ts';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { DenialRecord, UsageRecord, UsageReport } from '../../../src-shared/model/usage.ts';
import type { RecordedEvent, StoredLedger } from '../core/ledger/change.ts';
import type { Write } from '../core/replica/replica-effect.ts';
import type { StoredReplica } from '../core/replica/replica.ts';
import type { Position } from '../core/replica/term.ts';
import type { SpellId } from '../core/rows/row.ts';

/** A write of a replica, and the life of a ledger in the store. */
export type StoreWrite =
  | Write
  /** First write of a ledger that is not hosted here. */
  | { type: 'createLedger'; stored: StoredReplica }
  /**
   * Last write of a ledger. Its usage and timeline entries stay, as history of this server. `takenOutIn`:
   * the version of its configuration that had no place for this server, which is kept too.
   */
  | { type: 'dropLedger'; takenOutIn?: number };

/** Writes of one ledger's replica, in order. */
export interface LedgerWrites {
  ledger: string;
  writes: readonly StoreWrite[];
}

/** What becomes durable together or not at all. */
export interface StoreBatch {
  ledgers: readonly LedgerWrites[];
  /**
   * Entries of journals: this server's own and those that related servers sent. The key of an entry
   * is its server and sequence; one that is there already is left as it is.
   */
  journal: readonly RecordedEvent[];
}

/** A timeline entry as it stands in the timeline of this server, over all ledgers and journals. */
export interface StoredEvent extends RecordedEvent {
  /** Number by arrival at this server; `sequence` is that of its ledger or journal. */
  local: number;
  /** Null: of a journal. */
  ledger: string | null;
}

/**
 * How it came that a write works. `rewritten`: the file had been deleted, and all that was still open of it was
 * written to a new one.
 */
export type Probe = 'works' | 'rewritten';

export interface Committed {
  /** Timeline entries that became durable, in the order of arrival. */
  events: StoredEvent[];
}

/**
 * Rows of a history in order, as JSON: all that there are from `from` to `upTo`, both included. What
 * is missing here is left out; `upTo` is below `from` when nothing of what was asked for is here.
 */
export interface HistoryPage {
  docs: string[];
  from: number;
  upTo: number;
}

export interface LoadedLedger extends StoredReplica {
  id: string;
}

/** Rows of a ledger's history that are not here yet, by number in their spell, both ends included. */
export interface HistoryGap {
  /** Of this gap alone: an image makes new ones of the time as a log. */
  id: number;
  ledger: string;
  spell: SpellId;
  kind: HistoryKind;
  from: number;
  to: number;
}

export type HistoryKind = 'usage' | 'events';

/** How much history there is; bytes are about what it takes in the file. */
export interface HistorySize {
  count: number;
  bytes: number;
}
export type HistorySizes = Record<HistoryKind, HistorySize>;

/** How much there may be, both at least 1. */
export interface HistoryBound {
  countMax: number;
  bytesMax: number;
}
export type HistoryBounds = Record<HistoryKind, HistoryBound>;

/** Asks for rows with a sequence above `after` and up to `upTo`, at most `limit` of them. */
export interface HistoryQuery {
  ledger: string;
  /** Of the time as a log: `logSpell`. */
  spell: SpellId;
  kind: HistoryKind;
  after: number;
  upTo: number;
  limit: number;
}

/** What a start needs. */
export interface LoadedStore {
  ledgers: LoadedLedger[];
  /** By ledger that was dropped here: the version of its configuration that took this server out. */
  takenOut: Record<string, number>;
  /** Highest sequence of every journal by server. */
  journal: Record<string, number>;
  /** The newest timeline entries, oldest first. */
  recentEvents: StoredEvent[];
  gaps: HistoryGap[];
  /** The start of the server that had this file last; null: of one that wrote none, or it is new. */
  boot: string | null;
}

/** Leases that are still out count up to `toMs`, which is not in the future. */
export interface UsageReportQuery {
  fromMs: number;
  toMs: number;
  /** Units by licence id, of the licences installed now. */
  licenseUnits: Record<string, number>;
}

/** A part of a ledger as it is on the disk; the head comes first. `docs` are leases as JSON. */
export type ImagePart =
  | { type: 'head'; position: Position; ledger: Omit<StoredLedger, ImageList> }
  | { type: 'page'; list: ImageList; docs: string[] };

/** Lists of an image that can be long, in the order in which their pages come. */
export const imageLists = ['licenses', 'vendors', 'ended', 'leases'] as const;
export type ImageList = (typeof imageLists)[number];

/** Where the ledgers of this server are kept, with the timeline and the usage over all of them. */
export interface Store {
  /**
   * Comes first. `serverId` is this server, to which a ledger of an older format belongs, and the
   * ledgers that it kept alone as one of `formerIds`. Ledgers with the rule `continuity` that a former
   * version kept as logs are kept as rows from here on, durably.
   *
   * @throws {NodeStartFailure} STORE_DAMAGED, STORE_NEWER, DATA_DIRECTORY_UNUSABLE
   */
  load(serverId: string, formerIds?: readonly string[]): Promise<LoadedStore>;
  /**
   * Writes a batch, which is not altered any more, in one transaction and resolves when it is
   * durable. Batches may be given before the ones before are done; they are written in this order.
   * When one fails (a full disk, a
   * read-only directory), it and every one given until `probe` has succeeded reject with
   * `StoreUnavailable`, and nothing of them is written.
   */
  commit(batch: StoreBatch): Promise<Committed>;
  /**
   * What the file lacked, when it was opened, of what this server wrote, as the end of a sentence that
   * begins with its name; null: nothing is known to be missing.
   */
  loss(): Promise<string | null>;
  /**
   * From here on the mark beside the file says how far it is; until then a former one is left, so that what
   * it proves is not forgotten. Durable when it resolves.
   */
  beginMark(): Promise<void>;
  /** Rejects with `StoreUnavailable` when the file was deleted, replaced or cut since it was opened. */
  check(): Promise<void>;
  /** Writes down which start of the server has this file; durable when it resolves. */
  storeBoot(boot: string): Promise<void>;
  /** Signs tokens, in the order of their claims. Works while the disk is full. */
  sign(claims: TokenClaims[]): Promise<string[]>;
  /** Resolves when a write works: `commit` works again from then on. */
  probe(): Promise<Probe>;
  usageReport(query: UsageReportQuery): Promise<UsageReport>;
  /** Of all ledgers. `sequence`, also in `afterSequence`, is the number by arrival here. */
  usageRecords(query: {
    fromMs: number;
    toMs: number;
    afterSequence: number;
    limit: number;
  }): Promise<UsageRecord[]>;
  /** Of all ledgers, the newest first. `sequence` is the number by arrival here. */
  denials(query: { license?: string; limit: number }): Promise<DenialRecord[]>;
  /** Of all ledgers and journals. Sequences in the query are numbers by arrival here. */
  events(query: AdminArguments<'events.list'>): Promise<StoredEvent[]>;
  /**
   * Every write from here on drops what is beyond these bounds: of the timeline what came first, of
   * usage what ended first, and denials first while they take more than half of what usage may have.
   * How much of a related server's history is kept there makes no difference.
   */
  boundHistory(bounds: HistoryBounds): Promise<void>;
  /**
   * Drops what is beyond the bounds, and usage that ended before an instant, if one is given; in steps, between
   * which other writes have their turn.
   */
  pruneHistory(beforeMs: number | null): Promise<{ pruned: number; sizes: HistorySizes }>;
  /** A consistent image of a ledger as it is on the disk, read off the writing thread. */
  readImage(ledger: string): AsyncIterable<ImagePart>;
  /** Rows of a ledger's history with a sequence above `after` and up to `upTo`. */
  readHistory(query: HistoryQuery): Promise<HistoryPage>;
  /** What is missing now; it changes with `image` and `rows` writes and `fillHistory`. */
  gaps(): Promise<HistoryGap[]>;
  /**
   * Adds rows that a related server sent for a gap: all that there are from `from` to `upTo`. What is
   * before and after them is still missing. Does nothing when the gap is gone.
   * Rejects with `HistoryUnreadable` when a row is none of that range, or of the time as a log and
   * none of that gap, with nothing written.
   */
  fillHistory(query: HistoryPage & { gap: number }): Promise<StoredEvent[]>;
  /** Entries of the journal of a server with a sequence above `after`, in order. */
  readJournal(query: { server: string; after: number; limit: number }): Promise<RecordedEvent[]>;
  close(): Promise<void>;
}

/** The store could not write. The message says what to do. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}

/** Rows that another server sent as history cannot be used. */
export class HistoryUnreadable extends Error {
  override name = 'HistoryUnreadable';
}
