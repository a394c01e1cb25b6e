import { setTimeout as delay } from 'node:timers/promises';
import type { ClientConnection, JsonAnswer } from '../support/json-request.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { LeaseAccount } from './lease-account.ts';

/** An answer, and whether another server was asked before it and said nothing that decides. */
export type LoadAnswer = JsonAnswer & { isRetry?: boolean };

/** Where a client sends requests; rejects when it is to end. */
export interface LoadConnection {
  send(...request: Parameters<ClientConnection['send']>): Promise<LoadAnswer>;
  close(): void;
}

export interface LoadOptions {
  account: LeaseAccount;
  random: SeededRandom;
  connections: number;
  /** Wait between two requests of a client; none by default. */
  paceMs?: number;
  /** What the seats are of; "cad" by default. */
  feature?: string;
  /** Distinguishes the clients of several loads. */
  prefix?: string;
}

const instancesPerConnection = 40;

/**
 * Clients on connections of their own, each with seats of its own, that check out, renew and give
 * back in the order of chance, and enter in an account what they are told.
 */
export class Load {
  requests = 0;
  granted = 0;
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Goes on until the connections reject, or, with the request under way answered, until it is over. */
  async run(connect: () => LoadConnection, isOver = () => false): Promise<void> {
    const { account, connections, paceMs } = this.#options;
    await Promise.all(
      Array.from({ length: connections }, async (_, number) => {
        const connection = connect();
        try {
          while (account.violations.length === 0 && !isOver()) {
            await this.#act(connection, number);
            if (paceMs !== undefined) await delay(paceMs);
          }
        } catch {
          // The server was killed: the answer to the last request is not known.
        } finally {
          connection.close();
        }
      }),
    );
  }

  /** Every lease that a client was told of can be renewed. */
  async renewAll(connection: LoadConnection): Promise<void> {
    const { account } = this.#options;
    for (const [instance, leaseId] of account.allHeld()) {
      await this.#renew(connection, instance, leaseId);
    }
    connection.close();
  }

  async #act(connection: LoadConnection, number: number): Promise<void> {
    const { account, random, prefix = 'c' } = this.#options;
    const instance = `${prefix}${number}-${random.between(0, instancesPerConnection - 1)}`;
    const leaseId = account.held(instance);
    const choice = random.next();
    if (leaseId === undefined || choice < 0.2) await this.#checkout(connection, instance);
    else if (choice < 0.5) await this.#renew(connection, instance, leaseId);
    else await this.#return(connection, instance, leaseId);
  }

  async #checkout(connection: LoadConnection, instance: string): Promise<void> {
    const { account, feature = 'cad' } = this.#options;
    const request = account.beginCheckout(instance);
    const client = { instance, user: 'anna', host: 'pc-1' };
    const asked = connection.send('POST', '/v1/leases', { feature, client, request });
    const { status, body, isRetry = false } = await this.#count(asked);
    if (status === 409) account.noteDenied(instance, isRetry);
    else if (status === 200 || status === 201) {
      this.granted += 1;
      const { lease } = body as { lease: { id: string } };
      account.noteGranted(instance, lease.id, status === 201);
    } else this.#refuse('a checkout', status);
  }

  async #renew(connection: LoadConnection, instance: string, leaseId: string): Promise<void> {
    const path = `/v1/leases/${leaseId}/renew`;
    const { status } = await this.#count(connection.send('POST', path));
    this.#options.account.noteRenewed(instance, status);
  }

  async #return(connection: LoadConnection, instance: string, leaseId: string): Promise<void> {
    const { account } = this.#options;
    account.beginReturn(instance, leaseId);
    const { status } = await this.#count(connection.send('DELETE', `/v1/leases/${leaseId}`));
    if (status === 204) account.noteReturned(instance, leaseId);
    else this.#refuse('a return', status);
  }

  async #count(answer: Promise<LoadAnswer>): Promise<LoadAnswer> {
    const answered = await answer;
    this.requests += 1;
    return answered;
  }

  #refuse(what: string, status: number): void {
    this.#options.account.violations.push(`${what} was answered with status ${status}`);
  }
}
