import { deriveRefusal, isOutage, type ServerRefusal, retryAfterMs } from './attempt.ts';
import { retryDelayMs } from './backoff.ts';
import type { ExchangeContext, LateOutcome } from './exchange.ts';
import type { Grant, HeldLease } from './round.ts';
import { returnRound } from './rounds.ts';

/** How often, and for how long, giving a lease back is tried before it is left to its time-to-live. */
const returnTriesMin = 3;
const returnMsMin = 2_000;

/**
 * Tries to give a lease back. Null: a server has confirmed that it has ended. Ends when it has tried
 * `returnTriesMin` times and for `returnMsMin`: a takeover may come in between.
 */
export async function giveBack(
  context: ExchangeContext,
  held: HeldLease,
): Promise<ServerRefusal | null> {
  const { ports } = context;
  const endMs = ports.monotonicMs() + returnMsMin;
  for (let tries = 1; ; tries++) {
    const result = await returnRound(context, held);
    if (result.type === 'ended' || result.type === 'noSuchLease') return null;
    const refusal = result.type === 'refused' ? result.refusal : deriveRefusal([]);
    if (tries >= returnTriesMin && ports.monotonicMs() >= endMs) return refusal;
    const failure = {
      count: tries,
      outage: isOutage(refusal),
      retryAfterMs: retryAfterMs(refusal),
    };
    const delayMs = retryDelayMs(failure, held.lease.ttlSeconds, ports.random());
    await new Promise<void>((resolve) => {
      ports.schedule(delayMs, resolve);
    });
  }
}

/**
 * Leases that came when they were no longer waited for: a server that is slow to answer has granted
 * one, and the client has gone on to the next server. They are kept while the client still looks for
 * a lease and given back otherwise, so that one instance does not hold two seats.
 */
export class LateGrants {
  readonly #context: ExchangeContext;
  readonly #waiting: Grant[] = [];
  readonly #givingBack = new Set<Promise<unknown>>();
  #looking = false;
  #leaseIdHeld: string | null = null;

  constructor(context: ExchangeContext) {
    this.#context = context;
  }

  /** From now on, what comes late may be of use. */
  beginLooking(): void {
    this.#looking = true;
  }

  /** Takes one that came late while looking; null when there is none. */
  take(): Grant | null {
    return this.#waiting.shift() ?? null;
  }

  /** The look-out is over, with this lease or none; everything else is given back. */
  endLooking(leaseIdHeld: string | null): void {
    this.#looking = false;
    this.#leaseIdHeld = leaseIdHeld ?? this.#leaseIdHeld;
    for (const grant of this.#waiting.splice(0)) this.#settle(grant);
  }

  holdNothing(): void {
    this.#leaseIdHeld = null;
  }

  arrived({ route, outcome, sentAtMs }: LateOutcome): void {
    if (outcome.type !== 'granted') return;
    const { answer, nonce } = outcome;
    const grant = { answer, nonce, route, sentAtMs };
    if (this.#looking) this.#waiting.push(grant);
    else this.#settle(grant);
  }

  /** Gives a lease back in the background. */
  giveBack(held: HeldLease): void {
    const done: Promise<unknown> = giveBack(this.#context, held).finally(() => {
      this.#givingBack.delete(done);
    });
    this.#givingBack.add(done);
  }

  /** Resolves when nothing is being given back. */
  async settled(): Promise<void> {
    await Promise.all(this.#givingBack);
  }

  #settle({ answer, route }: Grant): void {
    if (answer.lease.id === this.#leaseIdHeld) return;
    const { target: server, tier } = route;
    this.giveBack({ ...answer, server, tier });
  }
}
