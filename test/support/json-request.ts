import { request as requestHttp, type RequestOptions } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { AdminErrorCode } from '../../src-shared/contract/admin-error.ts';
import type { AdminMethod, AdminParams, AdminResult } from '../../src-shared/contract/admin.ts';
import { adminAddress } from '../../src-main/admin/admin-address.ts';

export interface JsonAnswer {
  status: number;
  /** Undefined: no content. */
  body: unknown;
  headers: Record<string, string | string[] | undefined>;
}

type Sender = typeof requestHttp | typeof requestHttps;

/** One request with a JSON body; rejects when the connection fails before the answer is whole. */
function sendJson(send: Sender, options: RequestOptions, body: unknown): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = text === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { ...type, ...options.headers };
    const outgoing = send({ ...options, headers }, (incoming) => {
      let received = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => (received += part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const parsed: unknown = received === '' ? undefined : JSON.parse(received);
        resolve({ status: incoming.statusCode ?? 0, body: parsed, headers: incoming.headers });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** A client of the HTTPS API on its own connections; the certificate is not checked. */
export class ClientConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #agent: Agent;

  constructor(port: number, { connectionsMax = 1, host = '127.0.0.1' } = {}) {
    this.#host = host;
    this.#port = port;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: connectionsMax,
      rejectUnauthorized: false,
    });
  }

  /** `headers` and `signal` (which ends it) go with this request alone. */
  send(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    more: Pick<RequestOptions, 'headers' | 'signal'> = {},
  ): Promise<JsonAnswer> {
    const at = { host: this.#host, port: this.#port, agent: this.#agent };
    return sendJson(requestHttps, { ...at, method, path, ...more }, body);
  }

  checkout(instance: string, feature = 'cad', more: object = {}): Promise<JsonAnswer> {
    const client = { instance, user: 'anna', host: 'pc-1' };
    return this.send('POST', '/v1/leases', { feature, client, ...more });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export type AdminCallAnswer<M extends AdminMethod> =
  | { ok: true; value: AdminResult<M> }
  | { ok: false; status: number; code: AdminErrorCode; message: string };

/** Calls a method of a node over its admin socket. */
export async function callAdmin<M extends AdminMethod>(
  dataDirectory: string,
  method: M,
  params: AdminParams<M>,
): Promise<AdminCallAnswer<M>> {
  const answer = await sendAdmin(dataDirectory, 'POST', `/admin/v1/${method}`, params);
  if (answer.status === 200) return { ok: true, value: answer.body as AdminResult<M> };
  const { error } = answer.body as { error: { code: AdminErrorCode; message: string } };
  return { ok: false, status: answer.status, ...error };
}

/** Any request to the admin socket, also one that the contract does not know. */
export function sendAdmin(
  dataDirectory: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<JsonAnswer> {
  const socketPath = adminAddress(dataDirectory);
  return sendJson(requestHttp, { socketPath, method, path, agent: false }, body);
}
