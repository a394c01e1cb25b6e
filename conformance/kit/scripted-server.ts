import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createPublicKey, randomInt, verify } from 'node:crypto';
import { makeCertificate } from '../../src-main/node/identity/certificate.ts';
import type { IdentityKey } from '../../src-main/node/identity/key-file.ts';
import {
  type ApiServer,
  checkoutRequestSchema,
  nonceHeader,
  nonceSchema,
  tokenClaimsSchema,
  tokenHeader,
} from '../../src-shared/contract/client-api.ts';
import {
  describeProblem,
  describeRedirect,
  type ProblemCode,
  problemStatus,
} from '../../src-shared/contract/problem.ts';
import { parseJson } from '../../src-shared/model/json.ts';
import { type KeptLease, makeAnswer } from './answer.ts';
import { KeptLeases } from './kept-leases.ts';
import {
  type Forgery,
  readLicense,
  readServerKey,
  serverNames,
  type ServerName,
} from './vectors.ts';

/** What a server does with a request. */
export type Reaction =
  /** `stale`: a client that knows better does not take the answer. */
  | { type: 'serve'; forgery?: Forgery; delayMs?: number; stale?: boolean }
  | { type: 'refuse'; code: ProblemCode; status?: number; retryAfterSeconds?: number }
  | { type: 'redirect'; to: ScriptedServer }
  /** Never answers, and does nothing. */
  | { type: 'hang' }
  /** Does what is asked, and the connection ends before the answer, or in the middle of it. */
  | { type: 'cut'; midway?: boolean }
  | { type: 'raw'; status: number; body: string };

/** A request as it reached a server. */
export interface Heard {
  server: ScriptedServer;
  atMs: number;
  kind: 'checkout' | 'renewal' | 'return' | 'other';
  line: string;
  leaseId: string | undefined;
  token: string | undefined;
  nonce: string | undefined;
  body: string;
  /** Where it was sent on to. */
  redirectedTo?: ScriptedServer;
  /** Why a server of this version would not take it. */
  fault: string | undefined;
}

/** A token that was given out. */
export interface GivenToken {
  token: string;
  atMs: number;
  endsAtMs: number;
  leaseId: string;
  /** A client that is right takes it. */
  genuine: boolean;
}

/** What all servers of one scenario write down. */
export interface Transcript {
  heard: Heard[];
  given: GivenToken[];
}

const feature = 'drafting';

/**
 * A licence server over HTTPS that does what a scenario says, and by itself what
 * docs/client-api.md describes: one licence, kept in memory.
 */
export class ScriptedServer {
  readonly name: ServerName;
  readonly leases: KeptLeases;
  /** The key that it shows, and the one by which it is named in answers. */
  key: IdentityKey;
  namedKey: IdentityKey;
  ttlSeconds = 5;
  term = 1;
  role: 'primary' | 'failover' = 'primary';
  /** Name of the licence's file. */
  license = 'good';
  /** What its clock is off, in milliseconds. */
  clockOffMs = 0;
  unknownFields = false;
  /** The servers that it names as those that keep its leases; itself is one of them. */
  partners: ScriptedServer[] = [this];
  /** Takes a lease that it does not know from its token, as a server does that has taken over. */
  adopts = false;
  script: (heard: Heard) => Reaction = () => ({ type: 'serve' });
  readonly #transcript: Transcript;
  #listener: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  constructor(name: ServerName, transcript: Transcript, leases = new KeptLeases()) {
    this.name = name;
    this.key = readServerKey(name);
    this.namedKey = this.key;
    this.#transcript = transcript;
    this.leases = leases;
  }

  get target(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `https://${this.target}`;
  }

  get heard(): Heard[] {
    return this.#transcript.heard.filter(({ server }) => server === this);
  }

  /** Begins to listen, at the same port as before. */
  async up(): Promise<void> {
    const { keyPem, id, publicKeyPem } = this.key;
    const named = { privateKeyPem: keyPem, publicKeyPem, id };
    const cert = await makeCertificate(named, ['localhost'], Date.now());
    const listener = createServer({ key: keyPem, cert }, (request, response) => {
      void this.#receive(request, response);
    });
    listener.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // Clients break connections off: that is theirs to do.
    listener.on('tlsClientError', () => undefined);
    this.#port = this.#port === 0 ? await listenSomewhere(listener) : this.#port;
    if (!listener.listening) await listenAt(listener, this.#port);
    this.#listener = listener;
  }

  /** Ends as a killed process does: every connection breaks, and new ones are refused. */
  async down(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    if (!listener) return;
    const closed = new Promise((resolve) => listener.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const heard = this.#hear(request, Buffer.concat(chunks).toString());
    this.#transcript.heard.push(heard);
    await this.#react(this.script(heard), heard, response);
  }

  async #react(reaction: Reaction, heard: Heard, response: ServerResponse): Promise<void> {
    switch (reaction.type) {
      case 'serve': {
        const { delayMs = 0, forgery, stale = false } = reaction;
        const genuine = !stale && (forgery === undefined || forgery.proved);
        const answer = this.#carryOut(heard, { forgery, genuine, delayMs });
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        return send(response, answer);
      }
      case 'refuse': {
        const { code, status = problemStatus[code], retryAfterSeconds } = reaction;
        const headers =
          retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
        return send(response, { ...problem(code), status, headers });
      }
      case 'redirect': {
        const { to } = reaction;
        heard.redirectedTo = to;
        const path = heard.line.slice(heard.line.indexOf(' ') + 1);
        const headers = { location: `${to.url}${path}` };
        return send(response, { status: 307, document: describeRedirect([to.url]), headers });
      }
      case 'hang':
        return undefined;
      case 'cut': {
        const { document } = this.#carryOut(heard, { genuine: false });
        const text = JSON.stringify(document ?? '');
        if (reaction.midway) {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.write(text.slice(0, text.length / 2));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        response.socket?.destroy();
        return undefined;
      }
      case 'raw':
        response.writeHead(reaction.status, { 'content-type': 'application/json' });
        response.end(reaction.body);
        return undefined;
    }
  }

  #hear({ method = '', url = '', headers }: IncomingMessage, body: string): Heard {
    const match = /^\/v1\/leases(?:\/([^/?]+))?(\/renew)?$/.exec(url);
    const leaseId = match?.[1];
    const kind =
      method === 'POST' && match && leaseId === undefined
        ? 'checkout'
        : method === 'POST' && match?.[2]
          ? 'renewal'
          : method === 'DELETE' && leaseId !== undefined
            ? 'return'
            : 'other';
    const one = (name: string): string | undefined => {
      const value = headers[name];
      return Array.isArray(value) ? value.join() : value;
    };
    const heard = {
      server: this,
      atMs: Date.now(),
      kind,
      line: `${method} ${url}`,
      leaseId,
      token: one(tokenHeader),
      nonce: one(nonceHeader),
      body,
    } as const;
    return { ...heard, fault: faultOf(heard, one('content-type')) };
  }

  #carryOut(heard: Heard, way: Way): Answer {
    if (heard.fault !== undefined) return problem('LS_BAD_REQUEST', heard.fault);
    switch (heard.kind) {
      case 'checkout':
        return this.#checkOut(heard, way);
      case 'renewal': {
        const lease = this.leases.find(heard.leaseId ?? '') ?? this.#adopt(heard);
        if (!lease) return problem('LS_NO_SUCH_LEASE');
        this.leases.prolong(lease, this.ttlSeconds);
        return { status: 200, document: this.#grant(lease, heard, way) };
      }
      case 'return':
        this.leases.end(heard.leaseId ?? '');
        return { status: 204 };
      case 'other': {
        if (heard.line !== 'GET /v1/servers') return { ...problem('LS_BAD_REQUEST'), status: 404 };
        return { status: 200, document: { servers: this.#servers() } };
      }
    }
  }

  #checkOut(heard: Heard, way: Way): Answer {
    const asked = checkoutRequestSchema.parse(JSON.parse(heard.body));
    const { terms } = readLicense(this.license);
    if (asked.feature !== feature || (asked.product ?? terms.product) !== terms.product) {
      return problem('LS_NO_SUCH_FEATURE');
    }
    const granted = this.leases.grant(asked, this.ttlSeconds);
    if (!granted) return problem('LS_INSUFFICIENTUNITS');
    const document = this.#grant(granted.lease, heard, way);
    return { status: granted.isNew ? 201 : 200, document };
  }

  #grant(lease: KeptLease, { nonce }: Heard, way: Way): object {
    const { forgery, genuine, delayMs = 0 } = way;
    const { name, key, term, role, ttlSeconds, license, unknownFields } = this;
    const nowMs = Date.now() + this.clockOffMs;
    const { document, token } = makeAnswer({
      lease,
      name,
      key,
      term,
      role,
      ttlSeconds,
      license,
      nonce,
      nowMs,
      forgery,
      unknownFields,
      servers: this.#servers(),
    });
    this.#transcript.given.push({
      token,
      atMs: Date.now() + delayMs,
      endsAtMs: lease.endsAtMs,
      leaseId: lease.id,
      genuine,
    });
    return document;
  }

  /** A lease out of a token of a server of the same licence, when it has not ended. */
  #adopt({ token, leaseId }: Heard): KeptLease | undefined {
    if (!this.adopts || token === undefined) return undefined;
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = tokenClaimsSchema.safeParse(decode(payload));
    if (!claims.success || claims.data.lease !== leaseId) return undefined;
    const { iss, exp, holder, user = '', host = '', units } = claims.data;
    const signer = serverNames.map(readServerKey).find(({ id }) => id === iss);
    if (!signer) return undefined;
    const key = {
      key: createPublicKey(signer.publicKeyPem),
      dsaEncoding: 'ieee-p1363',
    } as const;
    const signed = Buffer.from(`${header}.${payload}`);
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return undefined;
    if (exp * 1000 <= Date.now() + this.clockOffMs) return undefined;
    const by = { instance: holder, user, host };
    const kept = { id: leaseId, holder: by, units, borrowUntil: undefined, endsAtMs: 0 };
    return this.leases.adopt(kept);
  }

  #servers(): ApiServer[] {
    return this.partners.map((server) => {
      const { namedKey, name, url } = server;
      return { id: namedKey.id, name, url, urls: [url], active: server === this };
    });
  }
}

/**
 * Below the ports that Linux, macOS and Windows give to outgoing connections: such a one would take the
 * port of a server that is down for a while.
 */
const ports = { first: 20_000, count: 12_000 };

async function listenSomewhere(listener: Server): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = ports.first + randomInt(ports.count);
    try {
      await listenAt(listener, port);
      return port;
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || tries === 50) throw error;
    }
  }
}

async function listenAt(listener: Server, port: number): Promise<void> {
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
}

/** How an answer is made, and whether a client that is right takes it. */
interface Way {
  forgery?: Forgery | undefined;
  genuine: boolean;
  delayMs?: number;
}

interface Answer {
  status: number;
  document?: object;
  headers?: Record<string, string>;
}

function problem(code: ProblemCode, detail = `The script says ${code}.`): Answer {
  return { status: problemStatus[code], document: describeProblem(code, detail) };
}

function send(response: ServerResponse, { status, document, headers = {} }: Answer): void {
  if (response.destroyed) return;
  if (document === undefined) return void response.writeHead(status, headers).end();
  const type = status < 300 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(document));
}

function faultOf(
  { kind, body, nonce, line }: Pick<Heard, 'kind' | 'body' | 'nonce' | 'line'>,
  contentType = '',
): string | undefined {
  if (kind === 'other') {
    return line.startsWith('GET ') ? undefined : `there is nothing at ${line}`;
  }
  if (nonce !== undefined && !nonceSchema.safeParse(nonce).success) {
    return 'Understudy-Nonce must be 16 to 64 characters of base64url';
  }
  if (kind !== 'checkout') return undefined;
  if (!/^application\/json\b/i.test(contentType)) return 'a checkout must be application/json';
  const asked = checkoutRequestSchema.safeParse(parseJson(body));
  if (asked.success) return undefined;
  const [issue] = asked.error.issues;
  return `the body of a checkout: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
}

function decode(member: string): unknown {
  return parseJson(Buffer.from(member, 'base64url').toString());
}
