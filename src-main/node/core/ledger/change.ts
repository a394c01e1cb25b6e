import type { Actor } from '../../../../src-shared/model/actor.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { Severity, TimelineKind } from '../../../../src-shared/model/timeline.ts';
import type { LeaseEnd, UsageRecord } from '../../../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import type { RowChange } from '../rows/row-set.ts';
import type { Row, SpellId } from '../rows/row.ts';
import type { MemberId } from './member-id.ts';

/** An entry of the timeline as its server recorded it. */
export interface RecordedEvent {
  /** Number within the ledger. */
  sequence: number;
  /** Who recorded it. */
  server: MemberId;
  atMs: number;
  kind: TimelineKind;
  severity: Severity;
  message: string;
  license?: string;
  lease?: string;
  /** By whom; older entries do not say it. */
  actor?: Actor;
}

/** What the ledger knows of itself. Written with every batch of changes. */
export interface LedgerMeta {
  id: string;
  /** Number of the present spell of leadership; a new one at every start. */
  term: number;
  /** Wall clock at the beginning of that spell; 0: nobody has served yet. */
  servingSinceMs: number;
  usageSequence: number;
  eventSequence: number;
  /** The ledger's time when this was written, in ms since 1970 (protocol section 8). */
  wallHighMs: number;
  /** How often an admin ordered the ledger's time to be taken from a clock. */
  timesSet: number;
  /** More units are out than the licences have (protocol section 7). */
  overdraft: { units: number; sinceMs: number } | null;
}

/**
 * One durable difference. The store writes `after` (null: delete) and the core can go back to
 * `before`, so memory, disk and a withdrawal of what could not be written share one description.
 */
export type Change =
  /** `end`: how it came that there is none any more. */
  | ({ type: 'lease'; before: Lease | null; after: Lease | null; end?: LeaseEnd } & WithRow)
  | ({
      type: 'license';
      before: InstalledLicense | null;
      after: InstalledLicense | null;
    } & WithRow)
  | ({ type: 'vendor'; before: TrustedVendor | null; after: TrustedVendor | null } & WithRow)
  | ({ type: 'config'; before: LedgerConfig; after: LedgerConfig } & WithRow)
  /** A change of a row by which nothing changes that clients are served: of a spell, or of an end. */
  | { type: 'row'; row: RowChange }
  /**
   * Always a new record: history is only added to, so that members can compare it by number. Under
   * `continuity` the numbers are of the spell that made it, and `rank` is how far the life of the
   * lease was: of two ends of one lease, the later one counts.
   */
  | { type: 'usage'; after: UsageRecord; spell?: SpellId; rank?: number }
  | { type: 'event'; after: RecordedEvent; spell?: SpellId }
  | { type: 'meta'; before: LedgerMeta; after: LedgerMeta };

/** Under `continuity`: what became of the row behind it. */
interface WithRow {
  row?: RowChange;
}

/** What a store hands back after a start. */
export interface StoredLedger {
  /** Null: a new ledger, or one that a new member has nothing of yet. */
  meta: LedgerMeta | null;
  config: LedgerConfig;
  leases: Lease[];
  licenses: InstalledLicense[];
  vendors: TrustedVendor[];
  ended: EndedLease[];
  /** Under `continuity`: everything but history and what a member knows for itself. */
  rows?: Row[];
}

/** A lease that was returned or released, remembered as long as a token of it can be valid. */
export interface EndedLease {
  leaseId: string;
  /** In ledger time, ms since 1970. */
  untilMs: number;
}
