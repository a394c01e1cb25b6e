import type {
  ApiServer,
  CheckoutRequest,
  HealthAnswer,
  LeaseAnswer,
  LicensesAnswer,
} from '../../../src-shared/contract/client-api.ts';
import type { ProblemCode } from '../../../src-shared/contract/problem.ts';
import type { LedgerStatus } from '../../../src-shared/model/node-snapshot.ts';

/** The answer to a client. It is given only when what it says is durable. */
export type ClientReply =
  | { type: 'lease'; created: boolean; answer: LeaseAnswer }
  | { type: 'ended' }
  /** Another server serves this; `url` is its `https://host:port`, without a path. */
  | { type: 'redirect'; url: string }
  | { type: 'refused'; code: ProblemCode; detail: string; retryAfterSeconds?: number };

/**
 * What the client API needs of the node; HTTP is its own business. `token` is what the client sent
 * as its newest one, not looked at yet; null: none (protocol section 4). `nonce` is what the token
 * of the answer repeats.
 */
export interface ClientService {
  checkout(
    request: CheckoutRequest,
    token: string | null,
    nonce: string | undefined,
  ): Promise<ClientReply>;
  renew(leaseId: string, token: string | null, nonce: string | undefined): Promise<ClientReply>;
  return(leaseId: string, token: string | null): Promise<ClientReply>;
  licenses(): LicensesAnswer;
  /** In the order to try. */
  servers(): ApiServer[];
  /** `standby` only while this server could take over at once. */
  health(): HealthAnswer;
}

/** How a ledger that this server keeps is protected, for `/metrics`. */
export interface LedgerFigures {
  id: string;
  here: LedgerStatus['here'];
  /** This server has everything that it would need to serve the ledger now. */
  synchronised: boolean;
  /** Members of the ledger and its witness, this server among them. */
  memberCount: number;
  /** Those members that are connected, this server among them. */
  connectedCount: number;
  term: number;
  /** Units out beyond the licences; 0: none. */
  overdraftUnits: number;
  /** How often this server became active since its start, at the start itself not counted. */
  takeoverCount: number;
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
  /** Every ledger that this server keeps, those of others among them. */
  ledgers: LedgerFigures[];
  /** Readiness: every licence that should be protected is. */
  ready: boolean;
  leaseCount: number;
  serving: boolean;
  /** Batches written and the seconds they took, since the start. */
  commitCount: number;
  commitSeconds: number;
  commitFailures: number;
  /** Changes in those batches. */
  changeCount: number;
}
