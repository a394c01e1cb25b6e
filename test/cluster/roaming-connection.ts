import { setTimeout as delay } from 'node:timers/promises';
import { tokenHeader } from '../../src-shared/contract/client-api.ts';
import { ClientConnection, type JsonAnswer } from '../support/json-request.ts';
import type { LoadAnswer, LoadConnection } from './load.ts';
import type { ServingAccount } from './serving-account.ts';

export interface Target {
  host: string;
  port: number;
}

export interface RoamingOptions {
  /** In the order to try. */
  targets: readonly Target[];
  serving: ServingAccount;
  /** Ends it: what is asked then, or under way, rejects. */
  signal: AbortSignal;
  /** How long an answer is waited for. */
  answerTimeoutMs?: number;
  /** A request that was not answered, or with 503. That nobody listens there any more is no failure. */
  onFailure?: (failure: string) => void;
}

/** Longer than a server lets a request wait for the end of a takeover. */
const answerTimeoutMsDefault = 3_000;

/** Wait before the servers are asked anew when none of them serves. */
const lapMs = 20;

/**
 * A client that asks one server after the other until one decides, follows redirections, and sends
 * its newest tokens along. It stays with the server that decided last.
 */
export class RoamingConnection implements LoadConnection {
  readonly #options: RoamingOptions;
  readonly #connections: ClientConnection[];
  readonly #tokens = new Map<string, string>();
  #at = 0;

  constructor(options: RoamingOptions) {
    this.#options = options;
    this.#connections = options.targets.map(
      ({ host, port }) => new ClientConnection(port, { host }),
    );
  }

  async send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<LoadAnswer> {
    const leaseId = /^\/v1\/leases\/([^/]+)/.exec(path)?.[1];
    let isRetry = false;
    for (let tries = 1; ; tries++) {
      const answer = await this.#try(method, path, body, leaseId);
      if (answer && decides(answer)) {
        this.#keepToken(answer, method, leaseId);
        return { ...answer, isRetry };
      }
      // Whoever sends a client on, or takes no request of it now, has not decided anything.
      if (answer?.status !== 307 && answer?.status !== 429) isRetry = true;
      this.#moveOn(answer);
      if (tries % this.#connections.length === 0) {
        await delay(lapMs, undefined, { signal: this.#options.signal });
      }
    }
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async #try(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    leaseId: string | undefined,
  ): Promise<JsonAnswer | null> {
    const { signal, serving, onFailure } = this.#options;
    const { answerTimeoutMs = answerTimeoutMsDefault } = this.#options;
    const token = leaseId === undefined ? undefined : this.#tokens.get(leaseId);
    const headers = token === undefined ? {} : { [tokenHeader]: token };
    const sentMs = performance.now();
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
      const answer = await this.#connection.send(method, path, body, { headers, signal: limit });
      serving.note(answer, sentMs);
      if (answer.status === 503) onFailure?.(`${method} ${path}: ${JSON.stringify(answer.body)}`);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code !== 'ECONNREFUSED') onFailure?.(`${method} ${path}: ${code}`);
      return null;
    }
  }

  get #connection(): ClientConnection {
    const connection = this.#connections[this.#at];
    if (!connection) throw new Error('a client without servers');
    return connection;
  }

  #moveOn(answer: JsonAnswer | null): void {
    const { targets } = this.#options;
    const location = answer?.status === 307 ? String(answer.headers['location']) : '';
    const to = targets.findIndex(({ host, port }) =>
      location.startsWith(`https://${host}:${port}/`),
    );
    this.#at = to >= 0 ? to : (this.#at + 1) % targets.length;
  }

  #keepToken({ body }: JsonAnswer, method: string, leaseId: string | undefined): void {
    if (method === 'DELETE' && leaseId !== undefined) this.#tokens.delete(leaseId);
    const { token, lease } = (body ?? {}) as { token?: string; lease?: { id: string } };
    if (token !== undefined && lease) this.#tokens.set(lease.id, token);
  }
}

/** Whether a server has decided; what it sends on or cannot say now is asked elsewhere. */
function decides({ status }: JsonAnswer): boolean {
  return status !== 307 && status !== 429 && status !== 503;
}
