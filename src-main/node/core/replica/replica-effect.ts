import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { Severity, TimelineKind } from '../../../../src-shared/model/timeline.ts';
import type { Change } from '../ledger/change.ts';
import type { Reply } from '../ledger/reply.ts';
import type { CoreEvent } from '../ledger/event.ts';
import type { Entry } from './log.ts';
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
  | { type: 'image'; image: LedgerImage; usageAfter: number; eventsAfter: number }
  | { type: 'compact'; toIndex: number }
  /** A witness keeps only this and the configuration. */
  | { type: 'position'; position: Position }
  | { type: 'config'; config: LedgerConfig }
  | { type: 'syncSet'; members: readonly MemberId[] };

/**
 * What the runner must do, in order. What comes after a `persist`, in this step or a later one, waits
 * until it is durable, except `sendNow`, `reply` and `noted`, which say nothing that is not.
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
   * This server is no member any longer: the runner drops the ledger, and keeps the number. Who was
   * removed and knows nothing any more must not vote for one that has not heard of it yet, so a
   * ledger is taken in again only with a configuration of a higher version.
   */
  | { type: 'removed'; configVersion: number }
  /** For this server's own journal: what one that does not serve notices. */
  | { type: 'noted'; kind: TimelineKind; severity: Severity; message: string };

/** The request was not decided here, or it is not known whether it will hold. */
export interface NotServing {
  type: 'notServing';
  reason: 'standby' | 'noMajority' | 'synchronising' | 'handover' | 'storeFailed';
  active: MemberId | null;
}

/** A bug met this request; nothing of it was done. `error` is for the log. */
export interface Failed {
  type: 'failed';
  error: unknown;
}

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
  /** It said goodbye. */
  | 'goodbye'
  /** It closed the connection and refuses new ones, or does not answer them. */
  | 'gone'
  /** A connection stands. */
  | 'connected';

export type ReplicaEvent =
  /** `mayReclaim`: the local time is one at which the preferred member may take over again. */
  | { type: 'ticked'; mayReclaim: boolean }
  | { type: 'messageReceived'; from: MemberId; message: PeerMessage }
  | { type: 'evidenceFound'; peer: MemberId; evidence: PeerEvidence }
  /** This `persist` and all before it are durable. */
  | { type: 'persisted'; number: number }
  /**
   * This `persist` and all after it were not written, and the effects that waited for them are
   * dropped. Until `storeRecovered` the member only renews what it has, and votes for nobody.
   */
  | { type: 'persistFailed'; number: number }
  | { type: 'storeRecovered' }
  | { type: 'requestsReceived'; requests: LedgerRequest[] }
  /** An admin wants the active to give over to this member. */
  | { type: 'switchoverRequested'; to: MemberId }
  /** An orderly stop: hands over if it can; the role is not `active` when it is done. */
  | { type: 'leaveRequested' }
  /** Names of servers, for messages only. */
  | { type: 'namesLearnt'; names: Record<MemberId, string> };
