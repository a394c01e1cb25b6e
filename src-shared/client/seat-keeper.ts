import { isFinal, isOutage, type ServerRefusal, retryAfterMs } from './attempt.ts';
import { type Failure, renewalDelayMs, retryDelayMs } from './backoff.ts';
import type { ClientPorts } from './client-ports.ts';
import type { ClientState, Seat } from './client-state.ts';
import type { Grant, RoundResult } from './round.ts';

export interface SeatKeeperOptions {
  grant: Grant;
  graceSeconds: number;
  ports: ClientPorts;
  renew: (seat: Seat, stopped: () => boolean) => Promise<RoundResult>;
  findLease: () => Promise<{ grant: Grant } | { refusal: ServerRefusal }>;
  /** Gives a lease back that this client no longer counts as its seat. */
  surrender: (seat: Seat) => void;
  /** The lease has ended: what is asked for from here on is another one. */
  ended: () => void;
  /** The seat has a newer token. */
  granted: (grant: Grant) => void;
  stateChanged: (state: ClientState) => void;
}

/** Shortest wait between the tries just before a lease ends, in milliseconds. */
const lastTriesMs = 500;

const noFailure: Failure = { count: 0, outage: false, retryAfterMs: 0 };

/**
 * Keeps one seat from its grant to its end: renews at a third of the time-to-live, tries again with
 * growing waits while it lasts, then allows the grace time, then gives it up. A borrowed seat is not
 * renewed; it ends by the clock.
 */
export class SeatKeeper {
  readonly #options: SeatKeeperOptions;
  #grant: Grant;
  #seat: Seat;
  #ended = false;
  #stopping = false;
  #inGrace = false;
  /** A server has said that it does not know the lease. */
  #gone = false;
  /** The failures since the last renewal. */
  #failure: Failure = noFailure;
  /** Monotonic time at which the lease ends unless it is renewed. */
  #endsAtMs = 0;
  /** Why the seat cannot be renewed; a final reason stays until a renewal works. */
  #refusal: ServerRefusal | null = null;
  #cancelEnd: () => void = () => undefined;
  #wake: () => void = () => undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: SeatKeeperOptions) {
    this.#options = options;
    this.#grant = options.grant;
    this.#seat = seatOf(options.grant);
  }

  /** Null when the seat is lost. */
  get seat(): Seat | null {
    return this.#ended ? null : this.#seat;
  }

  /** The answer behind the seat; null when it is lost. */
  get grant(): Grant | null {
    return this.#ended ? null : this.#grant;
  }

  /** Begins the renewals. */
  keep(): Seat {
    this.#arm(this.#options.grant.sentAtMs);
    this.#options.stateChanged({ state: 'held', seat: this.#seat, cause: 'checkout' });
    if (this.#seat.lease.borrowUntil === undefined) this.#loop = this.#renewals();
    return this.#seat;
  }

  /** Ends the renewals, waits for the one under way, and says which seat there is to give back. */
  async stop(): Promise<Seat | null> {
    this.#stopping = true;
    this.#cancelEnd();
    this.#wake();
    await this.#loop;
    return this.seat;
  }

  async #renewals(): Promise<void> {
    for (;;) {
      await this.#sleep(this.#delayMs());
      if (this.#done()) return;
      await this.#attempt();
      if (this.#done()) return;
    }
  }

  /** Wait before the next try; towards the end of the lease shorter and shorter. */
  #delayMs(): number {
    const { ports } = this.#options;
    const { ttlSeconds } = this.#seat.lease;
    if (this.#failure.count === 0) return renewalDelayMs(ttlSeconds, ports.random());
    const delayMs = retryDelayMs(this.#failure, ttlSeconds, ports.random());
    const leftMs = this.#endsAtMs - ports.monotonicMs();
    return this.#inGrace ? delayMs : Math.min(delayMs, Math.max(leftMs / 2, lastTriesMs));
  }

  /** One round of renewing; then, when the lease is gone or its time is over, of finding another. */
  async #attempt(): Promise<void> {
    if (!this.#gone) {
      const result = await this.#options.renew(this.#seat, () => this.#done());
      if (result.type === 'granted') return this.#adopt(result.grant);
      if (result.type === 'stopped') return;
      if (result.type === 'noSuchLease') {
        this.#gone = true;
        this.#options.ended();
      }
      if (result.type === 'noSuchLease' || result.type === 'refused') this.#fail(result.refusal);
    }
    if (this.#done() || !(this.#gone || this.#inGrace)) return;
    const found = await this.#options.findLease();
    if ('grant' in found) this.#adopt(found.grant);
    else this.#fail(found.refusal);
  }

  #adopt(grant: Grant): void {
    const seat = seatOf(grant);
    if (this.#ended) return this.#options.surrender(seat);
    const isNew = this.#seat.lease.id !== seat.lease.id;
    this.#grant = grant;
    this.#seat = seat;
    this.#failure = noFailure;
    this.#refusal = null;
    this.#gone = false;
    this.#inGrace = false;
    this.#options.granted(grant);
    if (this.#stopping) return;
    this.#arm(grant.sentAtMs);
    this.#options.stateChanged({ state: 'held', seat, cause: isNew ? 'recovery' : 'renewal' });
  }

  #fail(refusal: ServerRefusal): void {
    if (this.#done()) return;
    this.#failure = {
      count: this.#failure.count + 1,
      outage: isOutage(refusal),
      retryAfterMs: retryAfterMs(refusal),
    };
    if (this.#refusal === null || !isFinal(this.#refusal)) this.#refusal = refusal;
    if (this.#inGrace) {
      // Grace is for servers out of reach: one that says no has given the seat to another.
      if (isFinal(this.#refusal)) this.#lose(this.#refusal);
      return;
    }
    const state = this.#gone ? 'recovering' : 'retrying';
    this.#options.stateChanged({ state, seat: this.#seat, refusal: this.#refusal });
  }

  /** Sets the end of the seat, counted from when the request was sent: never later than the server's. */
  #arm(sentAtMs: number): void {
    const { ports } = this.#options;
    const { borrowUntil, ttlSeconds } = this.#seat.lease;
    const leftMs =
      borrowUntil === undefined
        ? sentAtMs + ttlSeconds * 1000 - ports.monotonicMs()
        : Date.parse(borrowUntil) - ports.wallMs();
    this.#endsAtMs = ports.monotonicMs() + leftMs;
    this.#cancelEnd();
    this.#cancelEnd = ports.schedule(Math.max(0, leftMs), () => this.#timeIsOver());
  }

  #timeIsOver(): void {
    if (this.#done()) return;
    const seat = this.#seat;
    if (seat.lease.borrowUntil !== undefined) return this.#lose(borrowEnded(seat));
    const refusal = this.#refusal ?? leaseEnded(seat);
    const { graceSeconds, ports, stateChanged } = this.#options;
    if (this.#inGrace || graceSeconds === 0 || isFinal(refusal)) return this.#lose(refusal);
    this.#inGrace = true;
    this.#cancelEnd = ports.schedule(graceSeconds * 1000, () => this.#timeIsOver());
    stateChanged({ state: 'grace', seat, refusal, graceSeconds });
  }

  #lose(refusal: ServerRefusal): void {
    this.#ended = true;
    this.#cancelEnd();
    this.#wake();
    this.#options.ended();
    this.#options.stateChanged({ state: 'lost', seat: this.#seat, refusal });
  }

  #done(): boolean {
    return this.#stopping || this.#ended;
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.ports.schedule(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

function seatOf({ answer, route }: Grant): Seat {
  const { lease, token, term, servedBy } = answer;
  return { lease, token, term, servedBy, server: route.target, tier: route.tier };
}

function borrowEnded({ lease }: Seat): ServerRefusal {
  const message = `The licence for ${lease.feature} was borrowed until ${lease.borrowUntil ?? ''}.`;
  return { code: 'BORROW_ENDED', message, attempts: [] };
}

function leaseEnded({ lease, server }: Seat): ServerRefusal {
  const message =
    `${server} did not renew the seat for ${lease.feature} within ${lease.ttlSeconds} s. ` +
    'Was this computer asleep?';
  return { code: 'LEASE_ENDED', message, attempts: [] };
}
