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
  /** Another server serves this; `urls` are its `https://host:port`, the best first, no path. */
  | { type: 'redirect'; urls: [string, ...string[]] }
  | { type: 'refused'; code: ProblemCode; detail: string; retryAfterSeconds?: number };

/** What comes with every request about a lease. */
export interface ClientCall {
  /** What the client sent as its newest token, not looked at yet; null: none (protocol section 4). */
  token: string | null;
  /** What the token of the answer is to repeat. */
  nonce?: string | undefined;
  /** The address of this host that the client has reached; empty: not known. */
  cameBy: string;
}

/** What the client API needs of the node; HTTP is its own business. */
export interface ClientService {
  checkout(request: CheckoutRequest, call: ClientCall): Promise<ClientReply>;
  renew(leaseId: string, call: ClientCall): Promise<ClientReply>;
  return(leaseId: string, call: ClientCall): Promise<ClientReply>;
  /** A seat for a machine that reaches no server, by the file that it signed; its shape is known. */
  borrow(file: unknown, call: ClientCall): Promise<ClientReply>;
  /** The end of such a seat, by the return file of the machine. */
  endBorrow(file: unknown, call: ClientCall): Promise<ClientReply>;
  licenses(): LicensesAnswer;
  /** In the order to try, for a client that came by this address of this host. */
  servers(cameBy: string): ApiServer[];
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
  /** Members that are connected, this server among them. */
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
    /** The ledger that it is in: the same at every server that keeps it. */
    ledger: string;
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
