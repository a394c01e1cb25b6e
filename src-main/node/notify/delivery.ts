import type { DeliveryStatus, Notice } from '../../../src-shared/model/notify.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';

export interface DeliveryOptions {
  /** Tells of these at once; rejects with an Error that ends a sentence. */
  send: (notices: readonly Notice[], signal: AbortSignal) => Promise<void>;
  /** Most entries that are told of at once. */
  togetherMax: number;
  /** How long more entries are waited for before that, in milliseconds. */
  gatherMs: number;
  nowMs: () => number;
  /** Some were given up after all tries, or for want of room; once, until one is told again. */
  onLost: (why: string) => void;
  onChange: () => void;
  /** Waits between the tries, in milliseconds. */
  retryMs?: readonly number[];
}

/** Entries that wait at most; those beyond push the oldest out. */
export const waitingMax = 200;

/** An hour in all: a mail server that is being updated is back by then. */
const retryMsDefault = [5_000, 30_000, 120_000, 600_000, 2_880_000];

/** Tells of entries one way, in order, in the background. Nobody waits for it, and it holds only so many. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #waiting: Notice[] = [];
  readonly #end = new AbortController();
  #tries = 0;
  #lost = 0;
  #saidLost = false;
  #lastMs: number | null = null;
  #problem: { atMs: number; message: string } | null = null;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  /** How many of those that wait are being told of. */
  #sent = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  add(notice: Notice): void {
    if (this.#end.signal.aborted) return;
    this.#waiting.push(notice);
    // What is being told of is at the front and goes by itself.
    if (this.#waiting.length > waitingMax) {
      this.#waiting.splice(this.#sent, 1);
      this.#lose(1, `more than ${waitingMax} waited`);
    }
    if (!this.#sending && !this.#timer) this.#wake(this.#options.gatherMs);
    this.#options.onChange();
  }

  status(): DeliveryStatus {
    return {
      waiting: this.#waiting.length,
      lost: this.#lost,
      lastAt: this.#lastMs === null ? null : formatInstant(this.#lastMs),
      problem: this.#problem && {
        at: formatInstant(this.#problem.atMs),
        message: this.#problem.message,
      },
    };
  }

  /** A test that worked: what waits is tried now. */
  noteWorks(): void {
    this.#noteTold();
    if (!this.#sending && this.#waiting.length > 0) this.#wake(0);
    this.#options.onChange();
  }

  /** What can be told within this time is, in milliseconds; what waits for another try is given up. */
  async stop(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#drain(), late]);
    clearTimeout(timer);
    this.#end.abort();
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  async #drain(): Promise<void> {
    if (this.#tries === 0 && this.#waiting.length > 0 && !this.#sending) this.#begin();
    while (this.#sending) await this.#sending;
  }

  #wake(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), afterMs);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendNext().finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0 && !this.#timer && !this.#end.signal.aborted) this.#begin();
    });
  }

  async #sendNext(): Promise<void> {
    const { send, togetherMax, nowMs, onChange, retryMs = retryMsDefault } = this.#options;
    const notices = this.#waiting.slice(0, togetherMax);
    if (notices.length === 0) return;
    this.#sent = notices.length;
    try {
      await send(notices, this.#end.signal);
      this.#waiting.splice(0, notices.length);
      this.#noteTold();
    } catch (error) {
      if (this.#end.signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      this.#problem = { atMs: nowMs(), message };
      const delayMs = retryMs[this.#tries];
      this.#tries += 1;
      if (delayMs !== undefined) this.#wake(delayMs);
      else {
        this.#waiting.splice(0, notices.length);
        this.#tries = 0;
        this.#lose(notices.length, message);
      }
    } finally {
      this.#sent = 0;
      onChange();
    }
  }

  #noteTold(): void {
    this.#tries = 0;
    this.#problem = null;
    this.#lastMs = this.#options.nowMs();
    this.#saidLost = false;
  }

  #lose(count: number, why: string): void {
    this.#lost += count;
    if (this.#saidLost) return;
    this.#saidLost = true;
    this.#options.onLost(why);
  }
}
