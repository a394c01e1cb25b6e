import type {
  ApiServer,
  CheckoutRequest,
  HealthAnswer,
  LeaseAnswer,
  LicensesAnswer,
} from '../../src-shared/contract/client-api.ts';
import type { ProblemCode } from '../../src-shared/contract/problem.ts';

/** The answer to a client. It is given only when what it says is durable. */
export type ClientReply =
  | { type: 'lease'; created: boolean; answer: LeaseAnswer }
  | { type: 'ended' }
  | { type: 'refused'; code: ProblemCode; detail: string; retryAfterSeconds?: number };

/** What the client API needs of the node; HTTP is its own business. */
export interface ClientService {
  checkout(request: CheckoutRequest): Promise<ClientReply>;
  renew(leaseId: string): Promise<ClientReply>;
  return(leaseId: string): Promise<ClientReply>;
  licenses(): LicensesAnswer;
  servers(): ApiServer[];
  health(): HealthAnswer;
}

/** Figures for `/metrics`, read when it is asked for. */
export interface NodeFigures {
  licenses: {
    id: string;
    product: string;
    feature: string;
    units: number;
    inUse: number;
    borrowed: number;
    denied: number;
    /** Seconds since 1970; null: permanent. */
    expiresAtSeconds: number | null;
  }[];
  leaseCount: number;
  serving: boolean;
  /** Batches written and the seconds they took, since the start. */
  commitCount: number;
  commitSeconds: number;
  commitFailures: number;
  /** Changes in those batches. */
  changeCount: number;
}
