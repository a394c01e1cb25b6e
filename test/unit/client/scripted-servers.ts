import type {
  ClientPorts,
  PinnedServer,
  PinnedServers,
  TransportRequest,
  TransportResult,
} from '../../../src-shared/client/client-ports.ts';
import {
  type ApiServer,
  type CheckoutRequest,
  checkoutRequestSchema,
  type LeaseAnswer,
} from '../../../src-shared/contract/client-api.ts';
import {
  describeProblem,
  describeRedirect,
  type ProblemCode,
} from '../../../src-shared/contract/problem.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { nodeSignatures } from '../../../src-main/client-transport/node-signatures.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** What a server does with the next requests. */
export type Behaviour =
  | { type: 'serve' }
  /** Nobody listens. */
  | { type: 'down' }
  /** A host that is gone: no connection comes about. */
  | { type: 'silent' }
  /** Takes so long to connect, then serves. */
  | { type: 'far'; ms: number }
  /** Takes the request and never answers; it was carried out all the same. */
  | { type: 'mute' }
  /** Takes the request, carries it out and answers so late. */
  | { type: 'slow'; ms: number }
  | { type: 'refuse'; code: ProblemCode; retryAfterSeconds?: number }
  | { type: 'redirect'; to: string; others?: string[] }
  | { type: 'garbage'; status: number; body: string };

export interface ServerLease {
  id: string;
  instance: string;
  endsAtMs: number;
  borrowUntil: string | undefined;
}

/** Time-to-live of a lease unless a test sets another one. */
export const ttlSeconds = 30;

/** A licence server on simulated time, and a group of addresses at which it may be. */
export class ScriptedServer {
  behaviour: Behaviour = { type: 'serve' };
  fingerprint: string;
  /** Partners may share one. */
  leases = new Map<string, ServerLease>();
  ttlSeconds = ttlSeconds;
  term = 1;
  role: 'primary' | 'failover' = 'primary';
  unitsMax: number;
  partners: ApiServer[] = [];
  /** What it makes of an answer before it sends it, such as a proof for this nonce. */
  seal: (answer: LeaseAnswer, nonce: string) => LeaseAnswer = (answer) => answer;
  /** Every request that reached it, such as `POST /v1/leases`. */
  readonly heard: { line: string; token: string | undefined }[] = [];
  /** The numbers that checkouts had, in the order of their arrival. */
  readonly numbers: (number | undefined)[] = [];
  /** Of requests whose lease has ended. */
  readonly endedNumbers = new Set<number>();
  readonly #time: SimulatedTime;
  readonly #ids: () => string;

  constructor(time: SimulatedTime, name: string, unitsMax: number, ids: () => string) {
    this.#time = time;
    this.#ids = ids;
    this.unitsMax = unitsMax;
    this.fingerprint = fingerprintOf(name);
  }

  /** Leases that have not run out. */
  live(): ServerLease[] {
    for (const lease of [...this.leases.values()]) {
      if (lease.endsAtMs <= this.#time.nowMs) this.leases.delete(lease.id);
    }
    return [...this.leases.values()];
  }

  answer(request: TransportRequest): TransportResult {
    const leases = this.live();
    const match = /^\/v1\/leases(?:\/([^/]+))?(\/renew)?$/.exec(request.path);
    const leaseId = match?.[1];
    if (request.method === 'DELETE') {
      this.leases.delete(leaseId ?? '');
      return answered(204, '');
    }
    if (leaseId !== undefined) {
      const lease = this.leases.get(leaseId);
      if (!lease) return this.refuse('LS_NO_SUCH_LEASE');
      lease.endsAtMs = this.#time.nowMs + this.ttlSeconds * 1000;
      return answered(200, JSON.stringify(this.#sealed(lease, request)));
    }
    const asked = checkoutRequestSchema.parse(JSON.parse(request.body ?? ''));
    this.numbers.push(asked.request);
    if (this.endedNumbers.has(asked.request ?? -1)) return this.refuse('LS_BAD_REQUEST');
    const held = leases.find(({ instance }) => instance === asked.client.instance);
    if (!held && leases.length >= this.unitsMax) return this.refuse('LS_INSUFFICIENTUNITS');
    const lease = held ?? {
      id: this.#ids(),
      instance: asked.client.instance,
      ...this.#life(asked),
    };
    lease.endsAtMs = Math.max(lease.endsAtMs, this.#time.nowMs + this.ttlSeconds * 1000);
    this.leases.set(lease.id, lease);
    return answered(held ? 200 : 201, JSON.stringify(this.#sealed(lease, request)));
  }

  refuse(code: ProblemCode, retryAfterSeconds?: number): TransportResult {
    const problem = describeProblem(code, `A sentence about ${code}.`);
    const headers =
      retryAfterSeconds === undefined ? {} : { 'retry-after': `${retryAfterSeconds}` };
    return answered(problem.status, JSON.stringify(problem), headers);
  }

  #sealed(lease: ServerLease, { headers }: TransportRequest): LeaseAnswer {
    return this.seal(this.#describe(lease), headers['understudy-nonce'] ?? '');
  }

  #life({ borrowUntil }: CheckoutRequest): { endsAtMs: number; borrowUntil: string | undefined } {
    const borrowEndMs =
      borrowUntil === undefined ? 0 : Date.parse(borrowUntil) - this.#time.startWallMs;
    return { endsAtMs: borrowEndMs, borrowUntil };
  }

  #describe(lease: ServerLease): LeaseAnswer {
    const { borrowUntil } = lease;
    return {
      lease: {
        id: lease.id,
        license: 'acme.cad',
        feature: 'drafting',
        units: 1,
        grantedAt: formatInstant(this.#time.wallMs()),
        ttlSeconds: this.ttlSeconds,
        ...(borrowUntil === undefined ? {} : { borrowUntil }),
      },
      token: `token-${lease.id}-${this.term}-${this.#time.nowMs}`,
      term: this.term,
      servedBy: { id: this.fingerprint, name: 'SRV', role: this.role },
      servers: this.partners,
    };
  }
}

/** A network of servers by address. */
export class ScriptedNetwork {
  readonly servers = new Map<string, ScriptedServer>();
  readonly known = new Map<string, string>();
  /** Whom each server has named, by id. */
  readonly named = new Map<string, readonly string[]>();
  readonly notices: string[] = [];
  /** When the client has last sent something, whether anyone was there or not, and how often. */
  lastSentAtMs = 0;
  sentCount = 0;
  unreadable: string | null = null;
  rememberFailure: string | null = null;
  readonly #time: SimulatedTime;
  #leaseCount = 0;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  add(target: string, unitsMax = 5): ScriptedServer {
    const server = new ScriptedServer(this.#time, target, unitsMax, () => this.#nextLeaseId());
    this.servers.set(target, server);
    return server;
  }

  #nextLeaseId(): string {
    this.#leaseCount++;
    return `00000000-0000-4000-8000-${String(this.#leaseCount).padStart(12, '0')}`;
  }

  ports(random: () => number = () => 0.5): ClientPorts {
    const { monotonicMs, wallMs, schedule } = this.#time;
    return {
      monotonicMs,
      wallMs,
      schedule,
      random,
      notify: (message) => this.notices.push(message),
      transport: { send: (request) => this.#send(request) },
      knownServers: this.#knownServers(),
      signatures: nodeSignatures,
    };
  }

  async #send(request: TransportRequest): Promise<TransportResult> {
    this.lastSentAtMs = this.#time.nowMs;
    this.sentCount++;
    const server = this.servers.get(request.target);
    const detail = `${request.target} refused the connection.`;
    if (!server || server.behaviour.type === 'down') {
      return { type: 'unreachable', reason: 'refused', detail };
    }
    if (server.behaviour.type === 'silent') return this.#noConnection(request);
    if (server.behaviour.type === 'far') {
      const { ms } = server.behaviour;
      if (ms > request.connectTimeoutMs) return this.#noConnection(request);
      await this.#after(ms, undefined);
    }
    const verdict = await request.checkIdentity(server.fingerprint);
    if (!verdict.trusted) return { type: 'distrusted', detail: verdict.message };
    const token = request.headers['understudy-token'];
    server.heard.push({ line: `${request.method} ${request.path}`, token });
    const { behaviour } = server;
    switch (behaviour.type) {
      case 'serve':
      case 'far':
        return server.answer(request);
      case 'mute':
        server.answer(request);
        return this.#after(request.answerTimeoutMs, {
          type: 'unreachable',
          reason: 'timeout',
          detail: 'no answer',
        });
      case 'slow':
        return this.#after(behaviour.ms, server.answer(request));
      case 'refuse':
        return server.refuse(behaviour.code, behaviour.retryAfterSeconds);
      case 'redirect':
        return redirected([behaviour.to, ...(behaviour.others ?? [])], request.path);
      case 'garbage':
        return answered(behaviour.status, behaviour.body);
    }
  }

  #noConnection({ target, connectTimeoutMs }: TransportRequest): Promise<TransportResult> {
    const detail = `${target} cannot be reached: no connection.`;
    return this.#after(connectTimeoutMs, { type: 'unreachable', reason: 'noConnection', detail });
  }

  #after<T>(ms: number, result: T): Promise<T> {
    return new Promise((resolve) => {
      this.#time.schedule(ms, () => resolve(result));
    });
  }

  #knownServers(): PinnedServers {
    return {
      find: async (target): Promise<PinnedServer> => {
        if (this.unreadable !== null) return { type: 'unreadable', message: this.unreadable };
        const fingerprint = this.known.get(target);
        return fingerprint === undefined ? { type: 'unknown' } : { type: 'known', fingerprint };
      },
      remember: async (target, fingerprint) => {
        if (this.rememberFailure === null) this.known.set(target, fingerprint);
        return this.rememberFailure;
      },
      namedBy: async (id) => this.named.get(id) ?? [],
      rememberNamed: async (id, ids) => {
        this.named.set(id, ids);
        return null;
      },
      describeRemoval: (target) => `remove ${target} from the list`,
    };
  }
}

/** A made-up fingerprint that goes with a name. */
export function fingerprintOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
}

function answered(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): TransportResult {
  return { type: 'answered', status, headers, body };
}

function redirected(to: string[], path: string): TransportResult {
  const urls = to.map((target) => `https://${target}`);
  const headers = { location: `${urls[0] ?? ''}${path}` };
  return answered(307, JSON.stringify(describeRedirect(urls)), headers);
}
