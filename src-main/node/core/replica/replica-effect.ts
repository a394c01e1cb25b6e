import type { Change } from '../change.ts';
import type { Reply } from '../effect.ts';
import type { CoreEvent } from '../event.ts';
import type { Entry } from './log.ts';
import type { LedgerImage, PeerMessage } from './message.ts';
import type { MemberId, Position, Term } from './term.ts';

/** One durable write. The writes of one effect belong to one transaction. */
export type Write =
  | { type: 'term'; term: Term }
  | { type: 'append'; entries: readonly Entry[] }
  /** Entries are taken off the end; `withdrawn` are their changes, to be undone last to first. */
  | { type: 'truncate'; afterIndex: number; withdrawn: readonly Change[] }
  | { type: 'image'; image: LedgerImage }
  | { type: 'compact'; toIndex: number }
  /** A witness keeps only this. */
  | { type: 'position'; position: Position }
  | { type: 'syncSet'; members: readonly MemberId[] };

/**
 * What the runner must do, in order. Everything after a `persist`, in this step or a later one, waits
 * until it is durable, except `sendNow`, which says nothing that is not durable already.
 */
export type ReplicaEffect =
  | { type: 'persist'; number: number; writes: Write[] }
  | { type: 'send'; to: MemberId; message: PeerMessage }
  | { type: 'sendNow'; to: MemberId; message: PeerMessage }
  /** Sends the ledger as it is in the store at this place in the order of effects. */
  | { type: 'sendImage'; to: MemberId; term: Term; position: Position; commitIndex: number }
  | { type: 'reply'; requestId: number; reply: Reply | NotServing };

/** The request was not decided here, or it is not known whether it will hold. */
export interface NotServing {
  type: 'notServing';
  reason: 'standby' | 'noMajority' | 'synchronising' | 'handover';
  active: MemberId | null;
}

type RequestEvent = Extract<CoreEvent, { requestId: number }>;

/** What a peer's connection says of it (protocol section 5). */
export type PeerEvidence =
  /** It said goodbye. */
  | 'goodbye'
  /** It closed the connection and refuses new ones, or does not answer them. */
  | 'gone'
  /** A connection stands. */
  | 'connected';

export type ReplicaEvent =
  | { type: 'ticked' }
  | { type: 'messageReceived'; from: MemberId; message: PeerMessage }
  | { type: 'evidenceFound'; peer: MemberId; evidence: PeerEvidence }
  /** This `persist` and all before it are durable. */
  | { type: 'persisted'; number: number }
  | { type: 'requestReceived'; request: RequestEvent }
  /** An admin wants this member to take over from the active, or the active to give over to it. */
  | { type: 'switchoverRequested'; to: MemberId };
