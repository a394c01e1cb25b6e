import { ClockMeter } from './clock-meter.ts';
import type { LinkEnvironment } from './link-event.ts';
import type { LinkMessage } from './link-message.ts';
import type { PeerConnection } from './peer-connection.ts';

/** A timer that fires this much later than asked for says that this process was suspended. */
const suspendedFactor = 2;

/** The pings on one connection: whether the other end is still heard, and what its clock shows. */
export class LinkPulse {
  readonly clock = new ClockMeter();
  readonly #connection: Pick<PeerConnection, 'send' | 'destroy'>;
  readonly #with: Pick<LinkEnvironment, 'clock' | 'timings'>;
  readonly #timer: NodeJS.Timeout;
  #heardMs: number;
  #count = 0;
  /** Who waits for an answer to the ping of this count. */
  readonly #waiting = new Map<number, () => void>();
  /** The ping that waits for its answer: when it was sent, on both clocks. */
  #asked: { count: number; wallMs: number; monotonicMs: number } | undefined;

  constructor(
    connection: Pick<PeerConnection, 'send' | 'destroy'>,
    environment: Pick<LinkEnvironment, 'clock' | 'timings'>,
  ) {
    this.#connection = connection;
    this.#with = environment;
    this.#heardMs = environment.clock().monotonicMs;
    this.#timer = this.#startTimer(environment.timings.pingEveryMs);
  }

  /** When the other end was last heard, on the monotonic clock. */
  get heardMs(): number {
    return this.#heardMs;
  }

  hear(): void {
    this.#heardMs = this.#with.clock().monotonicMs;
  }

  ping(): void {
    const count = ++this.#count;
    this.#asked = { count, ...this.#with.clock() };
    this.#connection.send({ type: 'ping', count });
  }

  answer({ count }: Extract<LinkMessage, { type: 'ping' }>): void {
    const { wallMs } = this.#with.clock();
    this.#connection.send({ type: 'pong', count, receivedMs: wallMs, sentMs: wallMs });
  }

  /** How far the other clock is ahead, measured anew; undefined: nothing was asked that this answers. */
  measure(pong: Extract<LinkMessage, { type: 'pong' }>): number | undefined {
    this.#waiting.get(pong.count)?.();
    const asked = this.#asked;
    if (asked?.count !== pong.count) return undefined;
    this.#asked = undefined;
    this.clock.add({
      sentMs: asked.wallMs,
      receivedMs: pong.receivedMs,
      answeredMs: pong.sentMs,
      roundTripMs: this.#with.clock().monotonicMs - asked.monotonicMs,
    });
    return this.clock.differenceMs ?? 0;
  }

  /** Whether the other end answers a ping that is sent now, within a time. */
  isAnswered(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const count = ++this.#count;
      const settle = (isAnswered: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(count);
        resolve(isAnswered);
      };
      const timer = setTimeout(() => settle(false), withinMs);
      this.#waiting.set(count, () => settle(true));
      if (!this.#connection.send({ type: 'ping', count })) settle(false);
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const silentMs = this.#with.clock().monotonicMs - this.#heardMs;
    if (silentMs < this.#with.timings.silenceMs) this.ping();
    else this.#connection.destroy(`nothing was heard for ${Math.round(silentMs)} ms`);
  }

  // After a suspension of this process, that nothing was heard meanwhile says nothing of the other end.
  #startTimer(everyMs: number): NodeJS.Timeout {
    let lastMs = this.#with.clock().monotonicMs;
    return setInterval(() => {
      const nowMs = this.#with.clock().monotonicMs;
      if (nowMs - lastMs > everyMs * suspendedFactor) this.#heardMs = nowMs;
      lastMs = nowMs;
      this.#beat();
    }, everyMs);
  }
}
