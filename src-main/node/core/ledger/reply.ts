import type { ProblemCode } from '../../../../src-shared/contract/problem.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { AdminReply } from './admin-request.ts';

/** What a client is told of its lease. */
export interface LeaseTerms {
  lease: Lease;
  term: number;
  ttlSeconds: number;
  /** The end that its token names, in ledger time; a renewal moves it. */
  endsAtMs: number;
}

/** The answer to one request. Refusals are values with a sentence to act on. */
export type Reply =
  | { type: 'leaseGranted'; terms: LeaseTerms; created: boolean }
  | { type: 'leaseRenewed'; terms: LeaseTerms }
  | { type: 'leaseEnded' }
  | {
      type: 'refused';
      code: ProblemCode;
      detail: string;
      /** Seconds after which trying again makes sense. */
      retryAfterSeconds?: number;
    }
  | AdminReply;
