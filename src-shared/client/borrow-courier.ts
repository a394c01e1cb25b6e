import type { LeaseAnswer } from '../contract/client-api.ts';
import {
  type Attempt,
  awaitsTakeover,
  deriveRefusal,
  retryAfterMs,
  type ServerRefusal,
  type Tier,
} from './attempt.ts';
import { retryDelayMs } from './backoff.ts';
import type { ClientConfig } from './client-config.ts';
import type { ClientPorts } from './client-ports.ts';
import { exchange, type ExchangeContext } from './exchange.ts';
import { lookForServers } from './look-for-servers.ts';
import { ServerDirectory } from './server-directory.ts';

/** How long a takeover is waited for, in milliseconds. */
const takeoverPatienceMs = 10_000;

const ttlSecondsForWaits = 30;

const tiers: Tier[] = ['primary', 'secondary'];

export type CarriedRequest =
  { ok: true; answer: LeaseAnswer; server: string } | { ok: false; refusal: ServerRefusal };

export type CarriedReturn = { ok: true; server: string } | { ok: false; refusal: ServerRefusal };

type Carried =
  | { type: 'granted'; answer: LeaseAnswer; server: string }
  | { type: 'ended'; server: string }
  | { type: 'refused'; refusal: ServerRefusal };

/**
 * Carries the files of a machine that reaches no server to the servers of this one. Either can be sent
 * again as often as need be: a server answers the same file with the same seat.
 */
export class BorrowCourier {
  readonly #context: ExchangeContext;

  constructor({ config, ports }: { config: ClientConfig; ports: ClientPorts }) {
    const directory = new ServerDirectory(config, () => ports.monotonicMs());
    this.#context = { config, ports, directory, token: () => null };
  }

  /** `file`: the text of a request file. */
  async carryRequest(file: string): Promise<CarriedRequest> {
    const carried = await this.#carry('/v1/borrow-requests', file);
    if (carried.type === 'granted') {
      return { ok: true, answer: carried.answer, server: carried.server };
    }
    return { ok: false, refusal: refusalOf(carried) };
  }

  /** `file`: the text of a return file. */
  async carryReturn(file: string): Promise<CarriedReturn> {
    const carried = await this.#carry('/v1/borrow-returns', file);
    if (carried.type === 'ended') return { ok: true, server: carried.server };
    return { ok: false, refusal: refusalOf(carried) };
  }

  async #carry(path: string, file: string): Promise<Carried> {
    const { ports } = this.#context;
    const missing = await lookForServers(this.#context);
    if (missing !== null) {
      const refusal = {
        ...deriveRefusal([]),
        code: 'NO_SERVER_CONFIGURED',
        message: missing,
      } as const;
      return { type: 'refused', refusal };
    }
    const endMs = ports.monotonicMs() + takeoverPatienceMs;
    for (let tries = 1; ; tries++) {
      const carried = await this.#askAll(path, file);
      if (carried.type !== 'refused' || !awaitsTakeover(carried.refusal)) return carried;
      if (ports.monotonicMs() >= endMs) return carried;
      const failure = { count: tries, outage: true, retryAfterMs: retryAfterMs(carried.refusal) };
      const delayMs = retryDelayMs(failure, ttlSecondsForWaits, ports.random());
      await new Promise<void>((resolve) => {
        ports.schedule(delayMs, resolve);
      });
    }
  }

  /**
   * Every Primary server, then every Secondary one. Those have licences of their own: they are asked only when
   * no Primary one may have carried the request out without saying so.
   */
  async #askAll(path: string, file: string): Promise<Carried> {
    const { directory } = this.#context;
    const attempts: Attempt[] = [];
    for (const tier of tiers) {
      for (const route of directory.forCheckout(tier)) {
        const asked = await exchange(this.#context, route, { method: 'POST', path, body: file });
        attempts.push(...asked.attempts);
        const { outcome } = asked;
        const server = asked.route.target;
        if (outcome.type === 'granted') return { type: 'granted', answer: outcome.answer, server };
        if (outcome.type === 'ended') return { type: 'ended', server };
      }
      if (attempts.some(isUnsure)) break;
    }
    return { type: 'refused', refusal: deriveRefusal(attempts) };
  }
}

/** It may have been carried out. */
function isUnsure({ outcome }: Attempt): boolean {
  return (
    outcome.type === 'unreachable' && (outcome.reason === 'timeout' || outcome.reason === 'broken')
  );
}

function refusalOf(carried: Carried): ServerRefusal {
  if (carried.type === 'refused') return carried.refusal;
  const message = `${carried.server} answered with something else than what was asked for.`;
  return { ...deriveRefusal([]), code: 'SERVER_ANSWER_UNKNOWN', message };
}
