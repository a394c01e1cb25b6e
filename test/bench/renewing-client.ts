import { HttpsTransport } from '../../src-main/client-transport/https-transport.ts';
import { systemPorts } from '../../src-main/client-transport/system-ports.ts';
import { isOutage, retryAfterMs } from '../../src-shared/client/attempt.ts';
import { retryDelayMs } from '../../src-shared/client/backoff.ts';
import { clientConfigSchema } from '../../src-shared/client/client-config.ts';
import type { ExchangeContext } from '../../src-shared/client/exchange.ts';
import type { Grant, HeldLease } from '../../src-shared/client/round.ts';
import { checkoutRound, renewalRound } from '../../src-shared/client/rounds.ts';
import { ServerDirectory } from '../../src-shared/client/server-directory.ts';
import { benchFeature } from './bench-server.ts';

/** A renewal that succeeded, on the monotonic clock. */
export interface Renewal {
  askedMs: number;
  answeredMs: number;
  servedBy: string;
}

const neverStopped = () => false;

/**
 * One seat that is renewed without a pause, by the very rounds and waits of the licence client: what
 * it sees of a takeover is what an application would see that renews at that moment.
 */
export class RenewingClient {
  readonly renewals: Renewal[] = [];
  /** Rounds in which no server renewed, although the lease lived. */
  failures = 0;
  readonly #transport = new HttpsTransport();
  readonly #context: ExchangeContext;
  readonly #instance: string;
  #grant: Grant | undefined;
  #ended = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(instance: string, ports: readonly number[]) {
    const config = clientConfigSchema.parse({
      primary: ports.map((port) => `127.0.0.1:${port}`),
    });
    this.#instance = instance;
    this.#context = {
      config,
      directory: new ServerDirectory(config, () => performance.now()),
      token: () => this.#grant?.answer.token ?? null,
      ports: {
        ...systemPorts,
        transport: this.#transport,
        knownServers: {
          find: async () => ({ type: 'unknown' }),
          remember: async () => null,
          describeRemoval: () => '',
        },
        notify: () => undefined,
      },
    };
  }

  async checkOut(): Promise<void> {
    const client = { instance: this.#instance, user: 'bench', host: 'bench' };
    const body = JSON.stringify({ feature: benchFeature, client });
    const result = await checkoutRound(this.#context, body, neverStopped, () => undefined);
    if (result.type !== 'granted') throw new Error(`no seat: ${JSON.stringify(result)}`);
    this.#grant = result.grant;
    this.#loop = this.#renew();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#loop;
    this.#transport.close();
  }

  /** The first renewal after an instant by another server than the one before; waits for it. */
  async firstRenewalElsewhere(instantMs: number): Promise<Renewal> {
    const before = this.renewals.findLast(({ answeredMs }) => answeredMs <= instantMs)?.servedBy;
    for (;;) {
      const found = this.renewals.find(
        ({ answeredMs, servedBy }) => answeredMs > instantMs && servedBy !== before,
      );
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async #renew(): Promise<void> {
    let failures = 0;
    while (!this.#ended && this.#grant) {
      const askedMs = performance.now();
      const result = await renewalRound(this.#context, heldBy(this.#grant), neverStopped);
      if (result.type === 'granted') {
        failures = 0;
        this.#grant = result.grant;
        const { id } = result.grant.answer.servedBy;
        this.renewals.push({ askedMs, answeredMs: performance.now(), servedBy: id });
        continue;
      }
      if (result.type !== 'refused') throw new Error(`the seat was lost: ${result.type}`);
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

function heldBy({ answer, candidate }: Grant): HeldLease {
  const { lease, term, servedBy } = answer;
  return { lease, term, servedBy, server: candidate.target, tier: candidate.tier };
}
