import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { v7 as timeOrderedUuid } from 'uuid';
import type {
  CheckoutRequest,
  LeaseAnswer,
  TokenClaims,
} from '../../../src-shared/contract/client-api.ts';
import { moreUseful, type ProblemCode } from '../../../src-shared/contract/problem.ts';
import {
  type BorrowRequest,
  type BorrowReturn,
  isMachine,
  readBorrowRequest,
  readBorrowReturn,
} from '../../../src-shared/contract/remote-borrow.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { ClientCall, ClientReply } from '../client-api/client-service.ts';
import type { LeaseProof } from '../core/ledger/event.ts';
import type { LeaseTerms } from '../core/ledger/reply.ts';
import { findBorrow } from '../core/ledger/held-lease.ts';
import { currentGrant, isKnownLease } from '../core/ledger/ledger.ts';
import type { NotServing } from '../core/replica/replica-effect.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import { compareTerms } from '../core/replica/term.ts';
import { ledgerOfLease } from './ledger-of-lease.ts';
import type { Introduction, LedgerServers } from './ledger-servers.ts';
import type { HostedReplica, RequestInput, RequestOutcome } from '../replicas/hosted-replica.ts';
import { nobodyServes, problemOf, problemOfLeaseElsewhere } from '../replicas/not-serving.ts';
import type { Replicas } from '../replicas/replicas.ts';
import { lacksMajority, type ServingWatch } from '../replicas/serving-watch.ts';
import { fileSignatures } from '../identity/file-signatures.ts';
import { proofOfToken, termOfToken, type TokenReader } from '../identity/token-reader.ts';

type CameBy = Pick<ClientCall, 'cameBy'>;

export interface ClientRequestsOptions {
  serverId: string;
  /** Public key of this server, as the answers name it. */
  serverKey: string;
  replicas: Replicas;
  ledgerServers: LedgerServers;
  tokens: TokenReader;
  watch: ServingWatch;
  /** Why the store cannot be written; undefined while it can. */
  storeFailure: () => string | undefined;
}

/**
 * Finds the ledger that a client's request is for and sends the client on when another server
 * serves it (docs/client-api.md). While a takeover is under way the request waits for its end.
 */
export class ClientRequests {
  readonly #options: ClientRequestsOptions;

  constructor(options: ClientRequestsOptions) {
    this.#options = options;
  }

  /**
   * Ledgers that this server serves come first, its own before those of others; a ledger that
   * another server serves is worth a redirection only when none here has the feature. So a failover
   * server never adds units of its own to a licence: each ledger keeps its own
   * count.
   */
  async checkout(request: CheckoutRequest, call: ClientCall): Promise<ClientReply> {
    if (isMachine(request.client.instance)) return refuse('LS_BAD_REQUEST', machineAsksByFile);
    const claims = this.#options.tokens.glance(call.token);
    return this.#checkoutFromAny(this.#rank(request, claims), request, call, claims);
  }

  async #checkoutFromAny(
    replicas: readonly HostedReplica[],
    request: CheckoutRequest,
    call: ClientCall,
    claims: TokenClaims | undefined,
  ): Promise<ClientReply> {
    let refusal: Refused | undefined;
    for (const replica of replicas) {
      const reply = await this.#checkoutFrom(replica, request, call, claims);
      if (reply.type !== 'refused' || !mayBeElsewhere.has(reply.code)) return reply;
      refusal = moreUseful(refusal, reply);
    }
    return refusal ?? { type: 'refused', code: 'LS_LEADER_NOT_PRESENT', detail: nobodyServes };
  }

  async renew(leaseId: string, call: ClientCall): Promise<ClientReply> {
    const claims = this.#options.tokens.glance(call.token);
    const replica = ledgerOfLease(this.#options.replicas, leaseId, claims);
    if (!replica) return this.#sendElsewhere(leaseId, claims, call.cameBy);
    const proof = await this.#proveUnknown(replica, call.token, leaseId);
    const input: RequestInput = { type: 'renewalRequested', leaseId, ...(proof && { proof }) };
    return this.#ask(replica, input, call, claims);
  }

  async return(leaseId: string, call: ClientCall): Promise<ClientReply> {
    const claims = this.#options.tokens.glance(call.token);
    const replica = ledgerOfLease(this.#options.replicas, leaseId, claims);
    if (!replica) return this.#sendElsewhere(leaseId, claims, call.cameBy);
    const { watch } = this.#options;
    if (watch.isUnsettled(replica)) await watch.settled(replica);
    const holder = replica.ledger.leases.get(leaseId)?.holder.instance ?? claims?.holder ?? '';
    if (isMachine(holder)) return refuse('LS_ACCESS_DENIED', machineReturnsByFile);
    const proof = await this.#proveUnknown(replica, call.token, leaseId);
    const input: RequestInput = { type: 'returnRequested', leaseId, ...(proof && { proof }) };
    return this.#ask(replica, input, call, claims);
  }

  /** Borrows what a machine asks for that reaches no server, by its request file. */
  async borrow(file: unknown, call: CameBy): Promise<ClientReply> {
    const read = readBorrowRequest(file, fileSignatures);
    return read.ok ? this.borrowFor(read.value, call) : refuse('LS_BAD_REQUEST', read.message);
  }

  /**
   * The same of a file that is read. The same file again is answered with the same lease, of whatever
   * ledger, and never with another one. `only`: of this ledger alone.
   */
  async borrowFor(
    { request, nonce }: BorrowRequest,
    { cameBy }: CameBy,
    only?: HostedReplica,
  ): Promise<ClientReply> {
    const ranked = only ? [only] : this.#rank(request, undefined);
    const knowing = ranked.filter(({ ledger }) => findBorrow(ledger, request) !== undefined);
    const replicas = knowing.length > 0 ? knowing : ranked;
    const call = { token: null, nonce, cameBy };
    const reply = await this.#checkoutFromAny(replicas, request, call, undefined);
    const isUsed = reply.type === 'refused' && reply.code === 'LS_BAD_REQUEST';
    return isUsed ? refuse('LS_BAD_REQUEST', requestFileUsed) : reply;
  }

  /** Ends what a machine has borrowed, by its return file. A lease that had ended is no error. */
  async endBorrow(file: unknown, call: CameBy): Promise<ClientReply> {
    const read = readBorrowReturn(file, fileSignatures);
    return read.ok ? this.endBorrowOf(read.value, call) : refuse('LS_BAD_REQUEST', read.message);
  }

  /** The same by a file that is read. */
  async endBorrowOf(
    { lease: leaseId, token, instance }: BorrowReturn,
    { cameBy }: CameBy,
  ): Promise<ClientReply> {
    const { tokens, replicas, watch } = this.#options;
    const claims = tokens.glance(token);
    if (claims?.lease !== leaseId || claims.holder !== instance) {
      return refuse('LS_BAD_REQUEST', 'The return file is of another machine than its seat.');
    }
    const replica = replicas.get(claims.ledger);
    if (!replica || isWitness(replica.state)) {
      return refuse('LS_NO_SUCH_LEASE', describeOtherServer(claims.iss));
    }
    if (watch.isUnsettled(replica)) await watch.settled(replica);
    const proof = await this.#proveUnknown(replica, token, leaseId);
    const held = replica.ledger.leases.get(leaseId);
    if (held && held.holder.instance !== instance) {
      return refuse('LS_BAD_REQUEST', 'The seat is held by another machine than the file is of.');
    }
    if (replica.isActive && !held && !proof && !isKnownLease(replica.ledger, leaseId)) {
      return refuse('LS_NO_SUCH_LEASE', unknownBorrow);
    }
    const input: RequestInput = { type: 'returnRequested', leaseId, ...(proof && { proof }) };
    return this.#ask(replica, input, { token, cameBy }, claims);
  }

  async #checkoutFrom(
    replica: HostedReplica,
    request: CheckoutRequest,
    call: ClientCall,
    claims: TokenClaims | undefined,
  ): Promise<ClientReply> {
    const mayProve = claims?.ledger === replica.id && isOf(claims, request);
    const proof = mayProve ? await this.#prove(replica, call.token, claims.lease) : undefined;
    // Ordered by time, so that new leases share pages of the store: a tenth of the writing.
    const leaseId = timeOrderedUuid();
    const input: RequestInput = {
      type: 'checkoutRequested',
      leaseId,
      request,
      ...(proof && { proof }),
    };
    return this.#ask(replica, input, call, claims);
  }

  /** Asks one ledger, after a takeover that may be under way. */
  async #ask(
    replica: HostedReplica,
    input: RequestInput,
    { token, nonce, cameBy }: ClientCall,
    claims: TokenClaims | undefined,
  ): Promise<ClientReply> {
    const { watch } = this.#options;
    const fenced = await this.#fence(replica, input, token, claims);
    if (watch.isUnsettled(replica)) await watch.settled(replica);
    let outcome = await replica.request(fenced, nonce);
    if (outcome.type === 'notServing') {
      const isUnsettled = watch.isUnsettled(replica);
      if (isUnsettled) await watch.settled(replica);
      // What waited behind a write that was lost is asked anew: renewals need no write.
      if (isUnsettled || outcome.reason === 'storeFailed') {
        outcome = await replica.request(fenced, nonce);
      }
    }
    return this.#describe(replica, outcome, cameBy);
  }

  /**
   * A token of a later term, signed by a paired server, makes the ledger look about (section 4a).
   */
  async #fence(
    replica: HostedReplica,
    input: RequestInput,
    token: string | null,
    claims: TokenClaims | undefined,
  ): Promise<RequestInput> {
    if (token === null || claims?.ledger !== replica.id) return input;
    if (compareTerms(termOfToken(claims), replica.state.term) <= 0) return input;
    const { members } = replica.view().config.membership;
    const proved = members.includes(claims.iss) && (await this.#options.tokens.verify(token));
    return proved ? { ...input, fence: termOfToken(proved) } : input;
  }

  /** What the token proves of a lease that this server does not know (protocol section 4b). */
  async #proveUnknown(
    replica: HostedReplica,
    token: string | null,
    leaseId: string,
  ): Promise<LeaseProof | undefined> {
    const isKnown = replica.ledger.leases.has(leaseId);
    return isKnown ? undefined : this.#prove(replica, token, leaseId);
  }

  async #prove(
    replica: HostedReplica,
    token: string | null,
    leaseId: string,
  ): Promise<LeaseProof | undefined> {
    // Also while nobody serves: the request may wait for a takeover here and is answered then.
    if (token === null) return undefined;
    const claims = await this.#options.tokens.verify(token);
    const { members } = replica.view().config.membership;
    if (claims?.ledger !== replica.id || claims.lease !== leaseId) return undefined;
    if (!members.includes(claims.iss)) return undefined;
    const license = replica.ledger.licenses.get(claims.license);
    return license && proofOfToken(claims, currentGrant(license).product);
  }

  #rank(request: CheckoutRequest, claims: TokenClaims | undefined): HostedReplica[] {
    const { replicas, serverId } = this.#options;
    const holding = replicas
      .all()
      .filter(({ ledger }) => ledger.licenseIdsByFeature.has(request.feature));
    if (holding.length === 0) return this.#anyServing();
    const rank = (replica: HostedReplica) => {
      const named = claims?.ledger === replica.id ? 0 : 4;
      const isOwn = primaryOf(replica.view().config.membership) === serverId;
      return named + (replica.isActive ? 0 : 2) + (isOwn ? 0 : 1);
    };
    return holding.sort((a, b) => rank(a) - rank(b));
  }

  /** The ledger that answers that there is no such feature, and notes that somebody asked for it. */
  #anyServing(): HostedReplica[] {
    const own = this.#options.replicas.own();
    const serving = own.isActive ? own : this.#options.replicas.all().find((one) => one.isActive);
    return [serving ?? own];
  }

  /**
   * Of a ledger that this server never kept, or left, it cannot say that a lease has ended: whoever keeps
   * that ledger goes on with it. A witness knows who serves.
   */
  #sendElsewhere(leaseId: string, claims: TokenClaims | undefined, cameBy: string): ClientReply {
    const witnessed = claims && this.#options.replicas.get(claims.ledger);
    if (witnessed) {
      const outcome = { type: 'notServing', reason: 'standby', ...witnessed.view() } as const;
      return this.#sendOn(witnessed, outcome, cameBy);
    }
    return { type: 'refused', ...problemOfLeaseElsewhere(leaseId) };
  }

  #describe(replica: HostedReplica, outcome: RequestOutcome, cameBy: string): ClientReply {
    switch (outcome.type) {
      case 'unavailable': {
        const { message: detail, retryAfterSeconds } = outcome;
        return { type: 'refused', code: 'LS_LEADER_NOT_PRESENT', detail, retryAfterSeconds };
      }
      case 'notServing':
        return this.#sendOn(replica, outcome, cameBy);
      case 'answered':
        return this.#describeReply(replica, outcome, cameBy);
    }
  }

  #describeReply(
    replica: HostedReplica,
    { reply, ...signed }: SignedOutcome,
    cameBy: string,
  ): ClientReply {
    switch (reply.type) {
      case 'leaseGranted':
      case 'leaseRenewed':
        return {
          type: 'lease',
          created: reply.type === 'leaseGranted' && reply.created,
          answer: {
            ...describeLease(reply.terms, signed),
            serverKey: this.#options.serverKey,
            ...this.#options.ledgerServers.introductionOf(replica, cameBy),
          },
        };
      case 'leaseEnded':
        return { type: 'ended' };
      case 'refused':
        return reply;
      default:
        throw new Error(`the reply ${reply.type} is not for a client`);
    }
  }

  #sendOn(
    replica: HostedReplica,
    { active, reason: given }: NotServing,
    cameBy: string,
  ): ClientReply {
    const { serverId, ledgerServers } = this.#options;
    // A standby that is cut off remembers who served; whether it still does, it cannot say.
    const isCutOff = lacksMajority(replica) && replica.view().active === null;
    const isElsewhere = active !== null && active !== serverId && !isCutOff;
    const urls = isElsewhere ? ledgerServers.urlsOf(active, cameBy) : undefined;
    if (urls) return { type: 'redirect', urls };
    const reason = lacksMajority(replica) ? 'noMajority' : given;
    return { type: 'refused', ...problemOf(reason, this.#options.storeFailure()) };
  }
}

function describeLease(
  { lease, term, ttlSeconds }: LeaseTerms,
  { token, signedLicense }: Omit<SignedOutcome, 'reply'>,
): Omit<LeaseAnswer, keyof Introduction> {
  if (token === null) throw new Error(`lease ${lease.id} came without a token`);
  return {
    lease: {
      id: lease.id,
      license: lease.licenseId,
      feature: lease.feature,
      units: lease.units,
      grantedAt: formatInstant(lease.grantedAtMs),
      ttlSeconds,
      ...(lease.borrowUntilMs === null ? {} : { borrowUntil: formatInstant(lease.borrowUntilMs) }),
    },
    token,
    ...(signedLicense === undefined ? {} : { licenseFile: signedLicense }),
    term,
  };
}

/** Refusals of one ledger that say nothing of the next one. */
const mayBeElsewhere = new Set([
  'LS_INSUFFICIENTUNITS',
  'LS_LICENSE_EXPIRED',
  'LS_LICENSE_NOT_STARTED',
  'LS_NO_SUCH_FEATURE',
  'LS_BORROW_NOT_ALLOWED',
  'LS_LEADER_NOT_PRESENT',
]);

const machineAsksByFile =
  'An instance that begins with "machine:" is that of a machine which reaches no server. It asks by a ' +
  'request file that it signs (POST /v1/borrow-requests).';

const machineReturnsByFile =
  'This seat was borrowed for a machine that reaches no server. It comes back by the return file that the ' +
  'machine signs (POST /v1/borrow-returns), or when an admin releases it.';

const requestFileUsed =
  'This request file was used before, and its seat has come back. Make a new request file on the machine.';

const unknownBorrow =
  'The seat of this return file is not known here any more, and no server that is known here has signed ' +
  'its token. Nothing was changed.';

function describeOtherServer(iss: string): string {
  return (
    `The seat of this return file was borrowed from the server with the id ${iss.slice(0, 16)}…, whose ` +
    'licences this server does not keep. Take the file there. Nothing was changed.'
  );
}

function refuse(code: ProblemCode, detail: string): Refused {
  return { type: 'refused', code, detail };
}

function isOf({ holder, user, host }: TokenClaims, { client }: CheckoutRequest): boolean {
  return holder === client.instance && user === client.user && host === client.host;
}
type SignedOutcome = Extract<RequestOutcome, { type: 'answered' }>;

type Refused = Extract<ClientReply, { type: 'refused' }>;
