import { deriveRefusal, type Refusal } from './attempt.ts';
import { retryDelayMs } from './backoff.ts';
import type { ExchangeContext, LateOutcome } from './exchange.ts';
import { type Grant, returnRound } from './rounds.ts';
import type { Seat } from './client-state.ts';

/** How often giving a lease back is tried before it is left to its time-to-live. */
const returnTriesMax = 3;

/**
 * Tries to give a lease back. Null: a server has confirmed that it has ended. Ends after
 * `returnTriesMax` rounds.
 */
export async function giveBack(
  context: ExchangeContext,
  seat: Pick<Seat, 'lease' | 'server' | 'tier'>,
): Promise<Refusal | null> {
  const { ports } = context;
  for (let tries = 1; ; tries++) {
    const result = await returnRound(context, seat);
    if (result.type === 'ended' || result.type === 'noSuchLease') return null;
    const refusal = result.type === 'refused' ? result.refusal : deriveRefusal([]);
    if (tries >= returnTriesMax) return refusal;
    const delayMs = retryDelayMs(tries, seat.lease.ttlSeconds, ports.random());
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

  arrived({ candidate, outcome, sentAtMs }: LateOutcome): void {
    if (outcome.type !== 'granted') return;
    const grant = { answer: outcome.answer, candidate, sentAtMs };
    if (this.#looking) this.#waiting.push(grant);
    else this.#settle(grant);
  }

  /** Gives a lease back in the background. */
  giveBack(seat: Pick<Seat, 'lease' | 'server' | 'tier'>): void {
    const done: Promise<unknown> = giveBack(this.#context, seat).finally(() => {
      this.#givingBack.delete(done);
    });
    this.#givingBack.add(done);
  }

  /** Resolves when nothing is being given back. */
  async settled(): Promise<void> {
    await Promise.all(this.#givingBack);
  }

  #settle({ answer, candidate }: Grant): void {
    if (answer.lease.id === this.#leaseIdHeld) return;
    const { target: server, tier } = candidate;
    this.giveBack({ lease: answer.lease, server, tier });
  }
}
