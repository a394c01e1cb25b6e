import type { TokenClaims } from '../../src-shared/contract/client-api.ts';
import type { AdminArguments } from '../../src-shared/contract/admin.ts';
import type { DenialRecord, UsageRecord, UsageReport } from '../../src-shared/model/usage.ts';
import type { Change, RecordedEvent, StoredLedger } from './core/change.ts';

export interface StoreBatch {
  changes: Change[];
  /** Tokens to sign while the batch is written; they come back in this order. */
  claims: TokenClaims[];
}

/** Leases that are still out count up to `toMs`, which is not in the future. */
export interface UsageReportQuery {
  fromMs: number;
  toMs: number;
  /** Units by licence id, of the licences installed now. */
  licenseUnits: Record<string, number>;
}

/** What a start needs: the ledger, and the newest timeline entries, oldest first. */
export interface LoadedStore extends StoredLedger {
  recentEvents: RecordedEvent[];
}

/** Where the ledger is kept. One batch is under way at a time; the runner gathers the next. */
export interface Store {
  load(): Promise<LoadedStore>;
  /**
   * Resolves when every change is durable. Rejects with `StoreUnavailable` when nothing of the
   * batch was written (a full disk, a read-only directory).
   */
  commit(batch: StoreBatch): Promise<{ tokens: string[] }>;
  /** Signs only: for renewals, which need nothing durable. Works while the disk is full. */
  sign(claims: TokenClaims[]): Promise<string[]>;
  /** Resolves when a write works. */
  probe(): Promise<void>;
  usageReport(query: UsageReportQuery): Promise<UsageReport>;
  usageRecords(query: {
    fromMs: number;
    toMs: number;
    afterSequence: number;
    limit: number;
  }): Promise<UsageRecord[]>;
  denials(query: { license?: string; limit: number }): Promise<DenialRecord[]>;
  events(query: AdminArguments<'events.list'>): Promise<RecordedEvent[]>;
  /** Drops usage records that ended before this instant. */
  pruneUsage(beforeMs: number): Promise<number>;
  close(): Promise<void>;
}

/** The store could not write. The message says what to do. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}
