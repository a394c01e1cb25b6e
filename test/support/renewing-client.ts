import { setTimeout as delay } from 'node:timers/promises';
import { HttpsTransport } from '../../src-main/client-transport/https-transport.ts';
import { isOutage, retryAfterMs } from '../../src-shared/client/attempt.ts';
import { retryDelayMs } from '../../src-shared/client/backoff.ts';
import { clientConfigSchema } from '../../src-shared/client/client-config.ts';
import type { ExchangeContext } from '../../src-shared/client/exchange.ts';
import type { Grant, HeldLease } from '../../src-shared/client/round.ts';
import { checkoutRound, renewalRound } from '../../src-shared/client/rounds.ts';
import { ServerDirectory } from '../../src-shared/client/server-directory.ts';
import { waitFor } from './wait-for.ts';
import { trustingPorts } from './seat-holder.ts';

/** A renewal that succeeded, on the monotonic clock. */
export interface Renewal {
  askedMs: number;
  answeredMs: number;
  servedBy: string;
}

export interface RenewingClientOptions {
  instance: string;
  feature: string;
  user?: string;
  /** `host:port` of each server, in the order to try. */
  servers: readonly string[];
  /** Wait between two renewals; none by default. */
  paceMs?: number;
}

const neverStopped = () => false;

/**
 * One seat that is renewed all the time, by the very rounds and waits of the licence client: what it
 * sees of a takeover is what an application would see that renews at that moment.
 */
export class RenewingClient {
  readonly renewals: Renewal[] = [];
  /** Rounds in which no server renewed, although the lease lived. */
  failures = 0;
  /** Why there is no seat any longer; undefined: there is. */
  lost: string | undefined;
  readonly #transport = new HttpsTransport();
  readonly #context: ExchangeContext;
  readonly #options: RenewingClientOptions;
  #grant: Grant | undefined;
  #ended = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: RenewingClientOptions) {
    const config = clientConfigSchema.parse({ primary: options.servers });
    this.#options = options;
    this.#context = {
      config,
      directory: new ServerDirectory(config, () => performance.now()),
      token: () => this.#grant?.answer.token ?? null,
      ports: { ...trustingPorts, transport: this.#transport },
    };
  }

  /** The lease that it holds, or held last. */
  get leaseId(): string | undefined {
    return this.#grant?.answer.lease.id;
  }

  /** Asks again for a while when no server answers, as on a machine that has much else to do. */
  async checkOut(): Promise<void> {
    const { instance, feature, user = 'ann' } = this.#options;
    const client = { instance, user, host: 'ws-1' };
    const body = JSON.stringify({ feature, client });
    this.#grant = await waitFor(`a seat for ${instance}`, async () => {
      const result = await checkoutRound(this.#context, body, neverStopped, () => undefined);
      if (result.type === 'granted') return result.grant;
      if (result.type === 'refused' && isOutage(result.refusal)) return undefined;
      throw new Error(result.type === 'refused' ? result.refusal.message : result.type);
    });
    this.#loop = this.#renew();
  }

  /** Ends it without giving the seat back; rejects when it was lost. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#loop;
    this.#transport.close();
    if (this.lost !== undefined) throw new Error(`the seat was lost: ${this.lost}`);
  }

  /** The first renewal by a server (its id) that was answered after an instant; waits for it. */
  async firstRenewalBy(server: string, instantMs: number): Promise<Renewal> {
    for (;;) {
      const found = this.renewals.find(
        ({ answeredMs, servedBy }) => answeredMs > instantMs && servedBy === server,
      );
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async #renew(): Promise<void> {
    const { paceMs } = this.#options;
    let failures = 0;
    while (!this.#ended && this.#grant) {
      const askedMs = performance.now();
      const result = await renewalRound(this.#context, heldBy(this.#grant), neverStopped);
      if (result.type === 'granted') {
        failures = 0;
        this.#grant = result.grant;
        const { id } = result.grant.answer.servedBy;
        this.renewals.push({ askedMs, answeredMs: performance.now(), servedBy: id });
        if (paceMs !== undefined) await delay(paceMs);
        continue;
      }
      if (result.type !== 'refused') {
        this.lost = result.type;
        return;
      }
      this.failures++;
      failures++;
      const { refusal } = result;
      const failure = {
        count: failures,
        outage: isOutage(refusal),
        retryAfterMs: retryAfterMs(refusal),
      };
      const waitMs = retryDelayMs(failure, 60, Math.random());
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function heldBy({ answer, route }: Grant): HeldLease {
  const { lease, term, servedBy } = answer;
  return { lease, term, servedBy, server: route.target, tier: route.tier };
}
