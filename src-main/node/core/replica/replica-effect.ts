import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { Severity, TimelineKind } from '../../../../src-shared/model/timeline.ts';
import type { Change } from '../ledger/change.ts';
import type { Reply } from '../ledger/reply.ts';
import type { Entry } from './log.ts';
import type { MissingHistory } from './row-history.ts';
import type { LedgerImage, PeerMessage } from './message.ts';
import type { Position, Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';

/** One durable write. The writes of one effect belong to one transaction. */
export type Write =
  | { type: 'term'; term: Term }
  | { type: 'append'; entries: readonly Entry[] }
  /** Entries are taken off the end; `withdrawn` are their changes, to be undone last to first. */
  | { type: 'truncate'; afterIndex: number; withdrawn: readonly Change[] }
  /**
   * The ledger as a whole in the place of what is there; the log begins anew at its position. Usage
   * and timeline rows with a higher number than these are dropped, and those up to
   * `image.ledger.meta` fetched apart.
   */
  | {
      type: 'image';
      image: LedgerImage;
      usageAfter: number;
      eventsAfter: number;
      /** History of the time under `continuity` that is not here. */
      gaps?: readonly MissingHistory[];
    }
  | { type: 'compact'; toIndex: number }
  /** A witness keeps only this and the configuration. */
  | { type: 'position'; position: Position }
  | { type: 'config'; config: LedgerConfig }
  | { type: 'syncSet'; members: readonly MemberId[] }
  /** Under `continuity`: rows and history of one write, and history that is to be fetched. */
  | { type: 'rows'; changes: readonly Change[]; gaps: readonly MissingHistory[] }
  /**
   * Begins to keep the ledger as rows: what was kept of it as a log goes. `keepsGaps`: what is missing of the log's
   * history is missing still; else the rows that come say it.
   */
  | { type: 'beginRows'; config: LedgerConfig; keepsGaps?: boolean };

/**
 * What the runner must do, in order. What comes after a `persist`, in this step or a later one,
 * waits until it is durable, except `sendNow`, `reply` and `noted`, which say nothing that is not.
 */
export type ReplicaEffect =
  | { type: 'persist'; number: number; writes: Write[] }
  | { type: 'send'; to: MemberId; message: PeerMessage }
  | { type: 'sendNow'; to: MemberId; message: PeerMessage }
  /** Sends the ledger as it is in the store at this place in the order of effects, or later. */
  | {
      type: 'sendImage';
      to: MemberId;
      term: Term;
      commitIndex: number;
      usageAfter: number;
      eventsAfter: number;
    }
  | { type: 'reply'; requestId: number; reply: Reply | NotServing | Failed }
  /**
   * This server is no member any longer: the runner drops the ledger, and keeps the version. A
   * server that was removed and knows nothing any more must not vote for a member that has not
   * heard of the removal yet, so it takes the ledger in again only with a configuration of a higher
   * version.
   */
  | { type: 'removed'; configVersion: number }
  /** For this server's own journal: what one that does not serve notices. */
  | { type: 'noted'; kind: TimelineKind; severity: Severity; message: string };

/** The request was not decided here, or it is not known whether it will hold. */
export interface NotServing {
  type: 'notServing';
  reason:
    | 'standby'
    | 'noMajority'
    | 'synchronising'
    | 'handover'
    | 'storeFailed'
    | 'copied'
    | 'replaced'
    | 'incomplete';
  active: MemberId | null;
}

/** A bug met this request; nothing of it was done. `error` is for the log. */
export interface Failed {
  type: 'failed';
  error: unknown;
}
