import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request, type Agent } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import type { CheckoutRequest, LeaseAnswer } from '../../../src-shared/contract/client-api.ts';
import type {
  ClientCall,
  ClientReply,
  ClientService,
  NodeFigures,
} from '../../../src-main/node/client-api/client-service.ts';
import { loadIdentity, type Identity } from '../../../src-main/node/identity/identity.ts';
import {
  startClientApi,
  type ClientApi,
  type ClientApiSettings,
} from '../../../src-main/node/client-api/client-api.ts';
import {
  connectionTimeouts,
  type ConnectionTimeouts,
} from '../../../src-main/node/client-api/limits.ts';
import { licenseStatusSchema } from '../../../src-shared/model/license.ts';
import { makeLicense } from '../../support/snapshot-builders.ts';

export const serverId = 'ab'.repeat(32);
export const leaseId = '2f1ac9f4-63a1-4d35-8a1c-0d6a5b1c2e3f';
const server = { id: serverId, name: 'srv-a', url: 'https://srv-a:7470', active: true };

export const leaseAnswer: LeaseAnswer = {
  lease: {
    id: leaseId,
    license: 'acme-cad-1',
    feature: 'cad',
    units: 1,
    grantedAt: '2026-03-01T00:00:00.000Z',
    ttlSeconds: 120,
  },
  token: 'a.b.c',
  term: 1,
  servedBy: { id: serverId, name: 'srv-a', role: 'primary' },
  servers: [server],
};

export const checkoutBody = {
  feature: 'cad',
  client: { instance: 'i-1', user: 'ada', host: 'ws-1' },
};

/** A node whose answers a test chooses; it remembers what it was asked. */
export class FakeService implements ClientService {
  readonly checkouts: CheckoutRequest[] = [];
  readonly asked: string[] = [];
  /** What came with each request, in order. */
  readonly calls: ClientCall[] = [];
  reply: ClientReply = { type: 'lease', created: true, answer: leaseAnswer };
  /** Replaces `reply` where a test decides when, or whether, an answer comes. */
  answer: () => Promise<ClientReply> = () => Promise.resolve(this.reply);
  healthStatus: 'serving' | 'standby' | 'unavailable' = 'serving';

  checkout(checkout: CheckoutRequest, call: ClientCall): Promise<ClientReply> {
    this.calls.push(call);
    this.checkouts.push(checkout);
    return this.answer();
  }
  renew(id: string, call: ClientCall): Promise<ClientReply> {
    this.calls.push(call);
    this.asked.push(`renew ${id}`);
    return this.answer();
  }
  return(id: string, call: ClientCall): Promise<ClientReply> {
    this.calls.push(call);
    this.asked.push(`return ${id}`);
    return this.answer();
  }
  borrow(_file: unknown, call: ClientCall): Promise<ClientReply> {
    this.calls.push(call);
    this.asked.push('borrow');
    return this.answer();
  }
  endBorrow(_file: unknown, call: ClientCall): Promise<ClientReply> {
    this.calls.push(call);
    this.asked.push('end borrow');
    return this.answer();
  }
  licenses() {
    return {
      licenses: [
        licenseStatusSchema.parse(
          makeLicense({
            id: 'acme-cad-1',
            product: 'acme',
            version: '1.0',
            units: 5,
            inUse: 2,
            failover: { configured: false, reason: 'This server has no relationship.' },
            servedBy: {
              id: serverId,
              name: 'srv-a',
              role: 'primary',
              since: '2026-03-01T00:00:00.000Z',
            },
          }),
        ),
      ],
    };
  }
  servers() {
    return [server];
  }
  health() {
    const reasons = [{ code: 'STORE_UNAVAILABLE', message: 'The disk is full.' }];
    return { status: this.healthStatus, reasons: this.healthStatus === 'serving' ? [] : reasons };
  }
}

export const figures: NodeFigures = {
  licenses: [
    {
      ledger: serverId,
      id: 'acme-cad-1',
      product: 'acme "x"',
      feature: 'cad',
      units: 5,
      inUse: 2,
      borrowed: 1,
      denied: 7,
      expiresAtSeconds: 1_800_000_000,
    },
    {
      ledger: serverId,
      id: 'acme-pdm-1',
      product: 'acme',
      feature: 'pdm',
      units: 3,
      inUse: 0,
      borrowed: 0,
      denied: 0,
      expiresAtSeconds: null,
    },
  ],
  ledgers: [
    {
      id: serverId,
      here: 'active',
      synchronised: true,
      memberCount: 2,
      connectedCount: 1,
      term: 4,
      overdraftUnits: 3,
      takeoverCount: 2,
    },
  ],
  ready: false,
  leaseCount: 2,
  serving: true,
  commitCount: 11,
  commitSeconds: 0.5,
  commitFailures: 1,
  changeCount: 42,
};

export const settings: ClientApiSettings = {
  listenHost: '127.0.0.1',
  listenPort: 0,
  requestsPerSecondMax: 1_000_000,
  connectionsMax: 256,
};

/** An identity in a directory of its own, removed again: only the PEM texts are needed. */
export async function makeIdentity(): Promise<Identity> {
  const directory = await mkdtemp(join(tmpdir(), 'us-api-'));
  try {
    return await loadIdentity(directory, { hostNames: [] });
  } finally {
    await rm(directory, { recursive: true });
  }
}

export interface RunningApi {
  api: ClientApi;
  service: FakeService;
  /** What was logged, in order. */
  log: string[];
}

export async function startApi(
  identity: Identity,
  change: Partial<ClientApiSettings> = {},
  timeouts: ConnectionTimeouts = connectionTimeouts,
): Promise<RunningApi> {
  const service = new FakeService();
  const log: string[] = [];
  const api = await startClientApi({
    peers: {
      alpn: 'understudy-peer/1',
      take: (socket) => void socket.destroy(),
      isReserved: () => false,
    },
    identity,
    service,
    figures: () => figures,
    settings: { ...settings, ...change },
    version: '1.2.3',
    timeouts,
    log: { error: (message) => log.push(message) },
  });
  return { api, service, log };
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** One HTTPS request; without an agent on a connection of its own. */
export function call(
  api: Pick<ClientApi, 'address'>,
  method: string,
  path: string,
  options: {
    body?: unknown;
    raw?: string | Buffer;
    headers?: Record<string, string>;
    agent?: Agent;
  } = {},
): Promise<Answer> {
  const json = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: api.address().port,
        method,
        path,
        rejectUnauthorized: false,
        agent: options.agent ?? false,
        headers: {
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.raw ?? json);
  });
}

/** A bare TLS connection to the client port. */
export function openSocket(api: Pick<ClientApi, 'address'>): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: api.address().port,
      rejectUnauthorized: false,
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything that the other side sends until it closes the connection. */
export function readAll(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
