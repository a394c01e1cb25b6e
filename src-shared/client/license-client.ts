import type { CheckoutRequest } from '../contract/client-api.ts';
import { formatBorrowed, readBorrowed } from './borrowed-seat.ts';
import {
  awaitsTakeover,
  deriveRefusal,
  isOutage,
  mayPass,
  type ServerRefusal,
  retryAfterMs,
} from './attempt.ts';
import { retryDelayMs } from './backoff.ts';
import type { ClientConfig } from './client-config.ts';
import type { ClientPorts } from './client-ports.ts';
import type { CheckoutOutcome, ClientState, ReturnOutcome } from './client-state.ts';
import type { ExchangeContext } from './exchange.ts';
import { giveBack, LateGrants } from './late-grants.ts';
import { lookForServers } from './look-for-servers.ts';
import type { Grant } from './round.ts';
import { checkoutRound, renewalRound } from './rounds.ts';
import { RequestCount } from './request-count.ts';
import { SeatKeeper } from './seat-keeper.ts';
import { ServerDirectory } from './server-directory.ts';
import { TokenInHand } from './token-in-hand.ts';
import { findDoubt, type VendorTrust } from './vendor-proof.ts';

/** How long a checkout goes on asking while a server is there that may take over, in milliseconds. */
const takeoverPatienceMs = 5_000;

/** Time-to-live that the waits of a checkout go by. */
const checkoutTtlSeconds = 30;

export interface LicenseClientOptions {
  config: ClientConfig;
  /**
   * What to ask for. `client` is the identity of the seat: one client, one instance. Its `request` is a
   * number that the instance has not used before, 1 for a new one; the client counts on from there.
   * Without it requests have no number, and a retry at another server can end in a second seat for a
   * while.
   */
  request: CheckoutRequest;
  ports: ClientPorts;
  /**
   * The vendor of the application. With it, a seat counts only when that vendor's licence is behind it.
   * Without, whatever server is trusted can give one.
   */
  vendor?: VendorTrust | undefined;
}

/**
 * One seat of one running application: checks it out, renews it in time, finds another server when
 * the serving one is gone, gives it back. An application that needs two features makes two clients.
 */
export class LicenseClient {
  readonly #config: ClientConfig;
  readonly #request: CheckoutRequest;
  readonly #count: RequestCount;
  readonly #context: ExchangeContext;
  readonly #late: LateGrants;
  readonly #listeners = new Set<(state: ClientState) => void>();
  #state: ClientState = { state: 'idle' };
  readonly #token: TokenInHand;
  #keeper: SeatKeeper | null = null;
  #checkingOut: Promise<CheckoutOutcome> | null = null;
  #returning: Promise<ReturnOutcome> | null = null;
  #stopping = false;
  #wake: () => void = () => undefined;

  constructor({ config, request, ports, vendor }: LicenseClientOptions) {
    this.#config = config;
    this.#request = request;
    this.#count = new RequestCount(request.request);
    const directory = new ServerDirectory(config, () => ports.monotonicMs());
    this.#token = new TokenInHand(ports);
    const { signatures } = ports;
    this.#context = {
      config,
      ports,
      directory,
      token: () => this.#token.present,
      findDoubt:
        vendor && ((answer, nonce) => findDoubt({ answer, request, nonce, vendor, signatures })),
    };
    this.#late = new LateGrants(this.#context);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The number from which the next client of the same instance is to count; undefined: it has none. */
  get nextRequest(): number | undefined {
    return this.#count.next;
  }

  /** Calls back at every change of state. Returns the function that ends it. */
  onState(listener: (state: ClientState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Gets the seat, or says why not. Asks each server once, and again for some seconds when one of them
   * may be about to take over; with `waitMs`, for that long while waiting can help. A seat that is held
   * already is answered at once.
   */
  checkout({ waitMs = 0 }: { waitMs?: number } = {}): Promise<CheckoutOutcome> {
    if (this.#checkingOut) return this.#checkingOut;
    const seat = this.#keeper?.seat;
    if (seat) return Promise.resolve({ ok: true, seat });
    this.#checkingOut = this.#checkOut(waitMs).finally(() => {
      this.#checkingOut = null;
    });
    return this.#checkingOut;
  }

  /**
   * A text to keep of a borrowed seat, so that a later run of the application can `resume` it; null when
   * none is held. It is as good as the seat: keep it where only this user reads it.
   */
  get borrowed(): string | null {
    const grant = this.#keeper?.grant;
    if (grant?.answer.lease.borrowUntil === undefined) return null;
    return formatBorrowed(grant, this.#request, this.#context.ports.wallMs());
  }

  /**
   * Takes up a seat that a former run borrowed, without a server: what `borrowed` was then, for the same
   * request. `return` gives it back before its end. A seat that is held already is answered instead, and
   * while a checkout or a return is under way the client stays as it is: BORROW_UNUSABLE.
   */
  resume(borrowed: string): CheckoutOutcome {
    if (this.#checkingOut !== null || this.#returning !== null) {
      return { ok: false, refusal: busyRefusal };
    }
    const seat = this.#stopping ? null : this.#keeper?.seat;
    if (seat) return { ok: true, seat };
    const { ports, findDoubt: doubt } = this.#context;
    const clocks = { wallMs: ports.wallMs(), monotonicMs: ports.monotonicMs() };
    const read = readBorrowed(borrowed, this.#request, clocks);
    if (!read.ok) return this.#refuse(read.refusal);
    const { answer, nonce } = read.grant;
    const found = doubt?.(answer, nonce);
    if (found) {
      const message = `The vendor does not vouch for the seat that was borrowed: ${found}.`;
      return this.#refuse(ownRefusal('LICENSE_NOT_PROVED', message));
    }
    this.#token.take(read.grant);
    this.#late.endLooking(answer.lease.id);
    this.#stopping = false;
    return { ok: true, seat: this.#hold(read.grant).keep() };
  }

  /** Gives the seat back and ends the renewals. Ends within a bounded time whatever servers do. */
  return(): Promise<ReturnOutcome> {
    this.#returning ??= this.#return().finally(() => {
      this.#returning = null;
    });
    return this.#returning;
  }

  /** Ends the renewals and keeps the seat, until its time is over: for a borrowed one. */
  close(): void {
    this.#stopping = true;
    this.#wake();
    void this.#keeper?.stop();
    this.#listeners.clear();
  }

  async #checkOut(waitMs: number): Promise<CheckoutOutcome> {
    const { ports } = this.#context;
    const beginMs = ports.monotonicMs();
    this.#stopping = false;
    this.#setState({ state: 'checkingOut' });
    // What is left of a seat that was lost must not end the one that is asked for now.
    await this.#keeper?.stop();
    await this.#late.settled();
    const missing = await lookForServers(this.#context);
    if (missing !== null) return this.#refuse(ownRefusal('NO_SERVER_CONFIGURED', missing));
    for (let failures = 1; ; failures++) {
      const found = await this.#findLease();
      if ('grant' in found) {
        const keeper = this.#hold(found.grant);
        return this.#stopping ? this.#refuse(stopRefusal) : { ok: true, seat: keeper.keep() };
      }
      const { refusal } = found;
      const patienceMs = awaitsTakeover(refusal) ? takeoverPatienceMs : 0;
      const waitedMs = ports.monotonicMs() - beginMs;
      const leftMs = Math.max(mayPass(refusal.code) ? waitMs : 0, patienceMs) - waitedMs;
      if (leftMs <= 0) return this.#refuse(refusal);
      const delayMs = retryDelayMs(
        { count: failures, outage: isOutage(refusal), retryAfterMs: retryAfterMs(refusal) },
        checkoutTtlSeconds,
        ports.random(),
      );
      await this.#sleep(Math.min(leftMs, delayMs));
      if (this.#stopping) return this.#refuse(stopRefusal);
    }
  }

  async #findLease(): Promise<{ grant: Grant } | { refusal: ServerRefusal }> {
    const found = await this.#askAll();
    const isOver = 'refusal' in found && found.refusal.code === 'LS_BAD_REQUEST';
    if (!isOver || !this.#count.isKept) return found;
    // The seat of this number has ended at the server, so that it is another one that is asked for.
    this.#count.settle();
    return this.#askAll();
  }

  /** One round through all servers, with what came late taken into account. */
  async #askAll(): Promise<{ grant: Grant } | { refusal: ServerRefusal }> {
    this.#late.beginLooking();
    const number = this.#count.take(this.#context.ports.monotonicMs());
    const request = number === undefined ? this.#request : { ...this.#request, request: number };
    const result = await checkoutRound(
      this.#context,
      JSON.stringify(request),
      () => this.#stopping,
      (late) => this.#late.arrived(late),
    );
    const grant = result.type === 'granted' ? result.grant : this.#late.take();
    this.#late.endLooking(grant?.answer.lease.id ?? null);
    if (grant !== null) {
      this.#token.take(grant);
      return { grant };
    }
    return { refusal: result.type === 'refused' ? result.refusal : stopRefusal };
  }

  #hold(grant: Grant): SeatKeeper {
    this.#keeper = new SeatKeeper({
      grant,
      graceSeconds: this.#config.graceSeconds,
      ports: this.#context.ports,
      renew: (seat, stopped) => renewalRound(this.#context, seat, stopped),
      findLease: () => this.#findLease(),
      ended: () => this.#count.settle(),
      surrender: (seat) => this.#late.giveBack(seat),
      granted: (grant) => this.#token.take(grant),
      stateChanged: (state) => this.#setState(state),
    });
    return this.#keeper;
  }

  async #return(): Promise<ReturnOutcome> {
    this.#stopping = true;
    this.#wake();
    await this.#checkingOut;
    const seat = (await this.#keeper?.stop()) ?? null;
    this.#keeper = null;
    this.#count.settle();
    this.#late.holdNothing();
    if (seat === null) {
      await this.#late.settled();
      return { ok: true, seat: null };
    }
    this.#setState({ state: 'returning', seat });
    const refusal = await giveBack(this.#context, seat);
    await this.#late.settled();
    this.#setState({ state: 'returned', seat, refusal });
    return refusal === null ? { ok: true, seat } : { ok: false, seat, refusal };
  }

  #refuse(refusal: ServerRefusal): CheckoutOutcome {
    this.#setState({ state: 'refused', refusal });
    return { ok: false, refusal };
  }

  #setState(state: ClientState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.ports.schedule(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

function ownRefusal(code: ServerRefusal['code'], message: string): ServerRefusal {
  return { ...deriveRefusal([]), code, message };
}

const busyRefusal = ownRefusal(
  'BORROW_UNUSABLE',
  'A checkout or a return of this client is under way. Wait for its end and resume then.',
);
const stopRefusal = ownRefusal('CHECKOUT_STOPPED', 'The checkout was stopped before it was done.');
