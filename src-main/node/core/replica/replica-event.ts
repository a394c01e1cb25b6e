import type { CoreEvent } from '../ledger/event.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { PeerMessage } from './message.ts';
import type { Term } from './term.ts';

/** An event of the ledger that is answered. */
export type LedgerRequest = Extract<CoreEvent, { requestId: number }> & {
  /**
   * Term of a token that came with it, signed by a paired server: when it is higher than this
   * server's own, another has served since (protocol section 4a).
   */
  fence?: Term;
};

/** What a peer's connection says of it (protocol section 5). */
export type PeerEvidence =
  /** The peer said goodbye. */
  | 'goodbye'
  /** The peer closed the connection and refuses new ones, or does not answer them. */
  | 'gone'
  /** A connection stands. */
  | 'connected';

export type ReplicaEvent =
  /** `mayReclaim`: the local time is one at which the preferred member may take over again. */
  | { type: 'ticked'; mayReclaim: boolean }
  | { type: 'messageReceived'; from: MemberId; message: PeerMessage }
  | { type: 'evidenceFound'; peer: MemberId; evidence: PeerEvidence }
  /** A member says that it does not keep this ledger: it has lost it, or its admin dissolved the relationship. */
  | { type: 'ledgerMissed'; peer: MemberId; isDissolved: boolean }
  /** This `persist` and all before it are durable. */
  | { type: 'persisted'; number: number }
  /**
   * The active of this term is about to count this member in by the configuration of this version, also
   * where it keeps the ledger by an earlier one still.
   */
  | { type: 'called'; configVersion: number; term: Term }
  /**
   * This `persist` and all after it were not written, or would not be, and the effects that waited for
   * them are dropped. Until `storeRecovered` the member only renews what it has, and votes for nobody.
   */
  | { type: 'persistFailed'; number: number }
  | { type: 'storeRecovered' }
  | { type: 'requestsReceived'; requests: LedgerRequest[] }
  /** An admin wants the active to give over to this member. */
  | { type: 'switchoverRequested'; to: MemberId }
  /** An orderly stop: hands over if it can; the role is not `active` when it is done. */
  | { type: 'leaveRequested' }
  /** This server stood still for so long that it is another start from here on. */
  | { type: 'bootRenewed'; boot: string }
  /**
   * The data directory was put back from a copy, as others know by the starts of this server: under
   * `majority` it may have forgotten what it promised.
   */
  | { type: 'putBackNoticed' }
  /**
   * A server was put back from a copy, was emptied, or its admin gave up what was missing there: it may have
   * confirmed what it does not have any more.
   */
  | { type: 'forgottenElsewhere' }
  /** An admin gives up what is missing of this member's data. */
  | { type: 'lossAccepted' }
  /**
   * Another server with this one's identity is the one that the others are connected with, or is no
   * longer: one of the two is a copy, and this one may serve nothing.
   */
  | { type: 'copyNoticed'; standsAside: boolean }
  /** The admin here says that this server's own licences were not given to another one. */
  | { type: 'replacementDenied' }
  /**
   * The others whose clocks are now so far from this server's that no rows or entries pass between them and it
   * (protocol section 8).
   */
  | { type: 'clocksCompared'; apart: readonly MemberId[] }
  /** Names of servers, for messages only. */
  | { type: 'namesLearnt'; names: Record<MemberId, string> };
