import type { Change, StoredLedger } from '../ledger/change.ts';
import type { LedgerState } from '../ledger/ledger.ts';
import type { Row, SpellId } from '../rows/row.ts';
import type { Entry } from './log.ts';
import type { Position, Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { Hindrance } from '../../../../src-shared/model/hindrance.ts';

/** A ledger as of one position, without usage records and timeline: those are fetched apart. */
export interface LedgerImage {
  position: Position;
  ledger: StoredLedger;
}

/** Why an active gives its place to another. */
export type HandoverReason = 'switchover' | 'reclaim' | 'leave' | 'storeFailed';

/** Units that are kept for the holder of a lease that does not live. */
export interface KeptUnits {
  leaseId: string;
  licenseId: string;
  units: number;
  /** How long they are to be kept yet, in ms. */
  leftMs: number;
}

/**
 * What members tell each other about one ledger. `term` is the highest that the sender has promised
 * to keep to, and in what an active sends, its own. `configVersion` is the sender's: who is asked
 * by a stranger with a newer configuration listens to it.
 */
export type PeerMessage =
  /** From the active: it lives, what is committed, and who is synchronised. */
  | {
      type: 'heartbeat';
      term: Term;
      configVersion: number;
      round: number;
      commitIndex: number;
      syncSet: MemberId[];
      /** Under `continuity`: the newest durable write, and what all rows add up to after it. */
      rows?: { number: number; root: string };
    }
  | {
      type: 'heartbeatAck';
      term: Term;
      round: number;
      /** Under `continuity`: what is here of the active's writes, and in which start. */
      rows?: { boot: string; number: number };
    }
  /**
   * From a member that does not serve to the others that do not: the sender lives. `why`: what keeps it from serving,
   * for the sentence of whoever serves in its place; absent: nothing does, or its version says no such thing.
   */
  | { type: 'presence'; term: Term; boot: string; why?: Hindrance | undefined }
  /**
   * From the active: what follows `prev`. To a witness only the last position counts, and its
   * entries carry no changes but those of the configuration.
   */
  | {
      type: 'append';
      term: Term;
      configVersion: number;
      prev: Position;
      entries: Entry[];
      commitIndex: number;
    }
  | { type: 'appendAck'; term: Term; matchIndex: number }
  /**
   * `prev` is not in the log. `hint` is the last position worth trying next, `base` where the log
   * begins; the sequences are what the sender has of usage and timeline in common with every
   * other for sure, 0 when that is not known.
   */
  | {
      type: 'appendReject';
      term: Term;
      rejectedIndex: number;
      hint: Position;
      base: Position;
      usageSequence: number;
      eventSequence: number;
    }
  /** The rows after these sequences are fetched apart. */
  | {
      type: 'image';
      term: Term;
      configVersion: number;
      image: LedgerImage;
      /** The ledger of the image, made in steps by who received it; never sent. */
      restored?: LedgerState;
      commitIndex: number;
      usageAfter: number;
      eventsAfter: number;
    }
  /** `configBy`, under `continuity`: the spell that wrote the configuration of the sender. */
  | { type: 'preVote'; term: Term; configVersion: number; last: Position; configBy?: SpellId }
  | { type: 'preVoteAck'; term: Term; asked: Term; granted: boolean }
  /** `transfer`: the active of this term asked for it; null: nobody did. */
  | { type: 'vote'; term: Term; configVersion: number; last: Position; transfer: Term | null }
  | { type: 'voteAck'; term: Term; asked: Term; granted: boolean }
  /**
   * From an active that gives its place to a member that has every entry. `kept`, under `continuity`: units that
   * it kept for holders whose leases do not live, and that are to be kept on; absent: there are none.
   */
  | {
      type: 'handover';
      term: Term;
      last: Position;
      reason: HandoverReason;
      kept?: readonly KeptUnits[];
    }
  /** To an active of a lower term: another has taken its place. */
  | { type: 'superseded'; term: Term }
  /**
   * To a server that is no member, or no longer, in the committed configuration of this version.
   * `fromActive`: the sender serves in this term, so that a configuration of a lower term never
   * held.
   */
  | { type: 'notMember'; term: Term; configVersion: number; fromActive: boolean }
  /**
   * Under `majority`, to a server of an earlier configuration than the committed one of this version,
   * which has no place for it and does not say that it was taken out either.
   */
  | { type: 'unknownMember'; term: Term; configVersion: number }
  // Under `continuity`.
  /** From the active: one of its writes. */
  | {
      type: 'rows';
      term: Term;
      configVersion: number;
      number: number;
      rows: readonly Row[];
      /** Of the time as a log there is none: a member fetches that apart. */
      history: readonly SpellHistory[];
      root: string;
      commitIndex: number;
      markMs: number;
    }
  /** All rows up to this write of the active are here, durably; in which start that was. */
  | { type: 'rowsAck'; term: Term; boot: string; number: number }
  /** To the active: what the rows here add up to, bucket by bucket, since they are not the same. */
  | { type: 'buckets'; term: Term; boot: string; sums: readonly number[] }
  /** From who is about to serve in this term: the same, to everybody. */
  | { type: 'gather'; term: Term; configVersion: number; sums: readonly number[] }
  /**
   * The rows of some buckets. `asked`: the receiver is about to serve in this term and asked for them;
   * null: the sender serves, and the receiver follows it. `all`: nothing differed in any other bucket.
   */
  | {
      type: 'piece';
      term: Term;
      configVersion: number;
      asked: Term | null;
      number: number;
      root: string;
      markMs: number;
      buckets: readonly number[];
      rows: readonly Row[];
      last: boolean;
      all?: true;
    }
  /** To the active, in answer to a piece: the rows of the sender that are greater than those in the piece; and, whatever
   * came from the active, those that another admin's change has dropped. */
  | { type: 'found'; term: Term; rows: readonly Row[] };

/** A usage record or timeline entry as it goes with the write that made it. */
export type HistoryChange = Extract<Change, { type: 'usage' | 'event' }>;

/** The same of a spell under `continuity`. */
export type SpellHistory = HistoryChange & { spell: SpellId };
