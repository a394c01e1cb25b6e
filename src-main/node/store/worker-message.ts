import type { EndedLease } from '../core/ledger/change.ts';
import type { AdminArguments } from '../../../src-shared/contract/admin.ts';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { UsageReport } from '../../../src-shared/model/usage.ts';
import type { Position, Term } from '../core/replica/term.ts';
import type {
  HistoryBounds,
  HistoryGap,
  HistoryPage,
  HistoryQuery,
  HistorySizes,
  ImageList,
  Probe,
  UsageReportQuery,
} from './store.ts';
import type { LedgerOwner } from './migrate-single-ledger.ts';
import type { PackedWrites } from './operation.ts';

/** What the worker of a connection is asked to do. */
export type WorkerRequest = WriterRequest | ReaderRequest | { type: 'close' };

export type WriterRequest =
  /** Comes first. */
  | { type: 'load'; owner: LedgerOwner }
  /** A page of the leases of a ledger in the order of their ids. */
  | { type: 'loadLeases'; ledger: string; afterId: string; limit: number }
  /** A page of the rows of the leases of a ledger, likewise. */
  | { type: 'loadLeaseRows'; ledger: string; afterId: string; limit: number }
  /** A page of the log of a ledger, about `bytesMax` long. */
  | { type: 'loadLog'; ledger: string; afterIndex: number; bytesMax: number }
  /** The beginning of the batch with this number, which is the next one. */
  | { type: 'part'; batch: number; writes: PackedWrites }
  /** `epoch` rises with every `probe` that worked: after a failure, older batches are refused. */
  | { type: 'commit'; batch: number; epoch: number; writes: PackedWrites }
  /** The start that has this file open. */
  | { type: 'storeBoot'; boot: string }
  | { type: 'sign'; claims: TokenClaims[] }
  | { type: 'probe' }
  | { type: 'loss' }
  | { type: 'beginMark' }
  | { type: 'check' }
  | { type: 'boundHistory'; bounds: HistoryBounds }
  | { type: 'pruneHistory'; beforeMs: number | null; rowsMax: number }
  | { type: 'gaps' }
  /** `writes` are the rows of the gap with this number that there are in this range. */
  | { type: 'fillGap'; gap: number; from: number; upTo: number; writes: PackedWrites };

export type ReaderRequest =
  | { type: 'usageReport'; query: UsageReportQuery }
  | { type: 'usageRecords'; fromMs: number; toMs: number; afterSequence: number; limit: number }
  | { type: 'denials'; license: string | undefined; limit: number }
  | { type: 'events'; query: AdminArguments<'events.list'> }
  | { type: 'history'; query: HistoryQuery }
  | { type: 'journal'; server: string; after: number; limit: number }
  | { type: 'openImage'; ledger: string }
  /** The next page of an image, about `bytesMax` long; null at its end. */
  | { type: 'readImage'; image: number; bytesMax: number }
  | { type: 'closeImage'; image: number };

/** What an image begins with, as JSON. */
export interface ImageHeadDocs {
  meta: string | null;
  config: string;
  /** All but those of leases. */
  rows: RowDoc[];
}

/** The documents of a ledger but for its leases, as JSON. */
export interface LedgerDocs extends ImageHeadDocs {
  licenses: string[];
  vendors: string[];
  ended: EndedLease[];
}

/** Documents of one list of an image. */
export interface ImagePage {
  list: ImageList;
  docs: string[];
}

/** A row under `continuity`, with the key that it stands under. */
export interface RowDoc {
  kind: string;
  id: string;
  doc: string;
  /** The row is as it was written: its checksum says so. */
  sound: boolean;
}

export interface LoadedLedgerDocs extends LedgerDocs {
  id: string;
  term: Term;
  base: Position;
  witnessed: Position;
  syncSet: string;
}

export interface LogRow extends Position {
  /** The changes of the entry, as a JSON array. */
  doc: string;
}

/** A row of usage or of the timeline with its number by arrival. */
export interface LocalDoc {
  local: number;
  doc: string;
}

export interface EventDoc extends LocalDoc {
  ledger: string | null;
}

/** Answers by the type of request. Documents come as JSON text and are parsed by who asked. */
export interface WorkerResults {
  load: {
    ledgers: LoadedLedgerDocs[];
    dropped: { id: string; doc: string }[];
    journal: Record<string, number>;
    recentEvents: EventDoc[];
    gaps: HistoryGap[];
    boot: string | null;
  };
  loadLeases: string[];
  loadLeaseRows: RowDoc[];
  loadLog: LogRow[];
  part: void;
  /** See `BatchWriter.finish`. */
  commit: number[];
  storeBoot: void;
  sign: string[];
  probe: Probe;
  /** See `findLoss`. */
  loss: string | null;
  beginMark: void;
  check: void;
  boundHistory: void;
  /** One step. */
  pruneHistory: { pruned: number; sizes: HistorySizes };
  gaps: HistoryGap[];
  /** Locals of the timeline entries; null: the gap is gone. */
  fillGap: number[] | null;
  usageReport: UsageReport;
  usageRecords: LocalDoc[];
  denials: LocalDoc[];
  events: EventDoc[];
  history: HistoryPage;
  journal: string[];
  openImage: { image: number; position: Position; docs: ImageHeadDocs };
  readImage: ImagePage | null;
  closeImage: void;
  close: void;
}

/**
 * `unavailable`: nothing was written and a later try may work. `damaged`, `newer`, `unusable`: see
 * `NodeStartFailureCode`. `internal`: a bug.
 */
export type WorkerFailureKind = 'unavailable' | 'damaged' | 'newer' | 'unusable' | 'internal';

export type WorkerAnswer =
  | { id: number; ok: true; value: WorkerResults[WorkerRequest['type']] }
  | { id: number; ok: false; kind: WorkerFailureKind; message: string };

export interface WorkerEnvelope {
  id: number;
  request: WorkerRequest;
}

/** The writer has the only connection that writes; the reader takes long queries off it. */
export interface WorkerOptions {
  role: 'writer' | 'reader';
  file: string;
  /** Key that signs tokens, PKCS #8 in PEM; the reader has none. */
  signingKeyPem: string | null;
}

/** An expected failure with the sentence for the admin. */
export class WorkerFailure extends Error {
  override name = 'WorkerFailure';
  readonly kind: WorkerFailureKind;
  constructor(kind: WorkerFailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
