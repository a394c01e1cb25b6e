import type { UsageRecord } from '../../../../src-shared/model/usage.ts';
import type { RecordedEvent, StoredLedger } from '../change.ts';
import type { Entry } from './log.ts';
import type { Position, Term } from './term.ts';

/** Everything that a store keeps of a ledger, as of one position. */
export interface LedgerImage {
  position: Position;
  ledger: StoredLedger;
  usage: UsageRecord[];
  events: RecordedEvent[];
}

/**
 * What members tell each other. `term` is the highest that the sender has promised to keep to, and
 * in what an active sends, its own.
 */
export type PeerMessage =
  /** From the active: it lives, and what is committed. */
  | { type: 'heartbeat'; term: Term; round: number; commitIndex: number }
  | { type: 'heartbeatAck'; term: Term; round: number; durable: Position }
  /** From the active: what follows `prev`. To a witness only the last position counts. */
  | { type: 'append'; term: Term; prev: Position; entries: Entry[]; commitIndex: number }
  | { type: 'appendAck'; term: Term; matchIndex: number }
  /** `prev` is not in the log; `hintIndex` is the highest index worth trying next. */
  | { type: 'appendReject'; term: Term; rejectedIndex: number; hintIndex: number }
  | { type: 'image'; term: Term; image: LedgerImage; commitIndex: number }
  | { type: 'preVote'; term: Term; last: Position }
  | { type: 'preVoteAck'; term: Term; asked: Term; granted: boolean }
  /** `transfer`: the active itself asked for it. */
  | { type: 'vote'; term: Term; last: Position; transfer: boolean }
  | { type: 'voteAck'; term: Term; asked: Term; granted: boolean }
  /** From an active that gives its place to a member that has every entry. */
  | { type: 'handover'; term: Term; last: Position }
  /** To an active of a lower term: it was replaced. */
  | { type: 'superseded'; term: Term }
  /** Under `continuity`: what the sender granted alone, after the last entry both have. */
  | {
      type: 'divergence';
      term: Term;
      common: Position | null;
      entries: Entry[];
      ledger: StoredLedger;
      last: Position;
    }
  /** The divergence up to here is merged; the sender may adopt this log. */
  | { type: 'merged'; term: Term; last: Position };
