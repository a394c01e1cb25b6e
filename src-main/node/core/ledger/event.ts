import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { AdminRequest } from './admin-request.ts';
import type { MemberId } from './member-id.ts';

/** On the monotonic clock, in ms; null: never since the start. */
export interface OtherClocks {
  agreedMs: number | null;
  differedMs: number | null;
}

/** When an event happened, on both clocks. The core has no other clock (protocol section 2). */
export interface Instant {
  /** Milliseconds of a clock that never goes back; its zero has no meaning. */
  monotonicMs: number;
  /** Milliseconds since 1970, as the operating system believes. */
  wallMs: number;
  /** When another server's clock was last found to agree with this one, or not to. */
  otherClocks?: OtherClocks | undefined;
}

/** What a verified token of a member says of a lease (protocol section 4). */
export interface LeaseProof {
  lease: Lease;
  /** The end that the token names, in milliseconds since 1970: from then on it proves nothing. */
  endsAtMs: number;
  signer: MemberId;
  /** Number of the term in which it was signed. */
  term: number;
}

/** Everything that can happen to the core. `requestId` is chosen by the runner and comes back. */
export type CoreEvent =
  | { type: 'clockTicked' }
  | {
      type: 'checkoutRequested';
      requestId: number;
      /** A fresh UUID, used when a lease is granted. */
      leaseId: string;
      request: CheckoutRequest;
      /** The lease that the instance says it holds. */
      proof?: LeaseProof;
    }
  | {
      type: 'renewalRequested';
      requestId: number;
      leaseId: string;
      proof?: LeaseProof;
    }
  | { type: 'returnRequested'; requestId: number; leaseId: string; proof?: LeaseProof }
  | AdminRequest;
