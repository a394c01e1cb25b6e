interface Timer {
  atMs: number;
  order: number;
  callback: () => void;
}

/** Clocks and timers that stand still until they are told to go on. */
export class SimulatedTime {
  nowMs = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  readonly startWallMs = Date.parse('2026-03-01T08:00:00Z');

  /** Time in which the monotonic clock stood still. */
  #stoodStillMs = 0;

  monotonicMs = (): number => this.nowMs - this.#stoodStillMs;
  wallMs = (): number => this.startWallMs + this.nowMs;

  schedule = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Time passes and nothing happens: the process stood still, and what fell due is late. */
  freeze(ms: number): void {
    this.nowMs += ms;
  }

  /** The computer sleeps: its monotonic clock stands still, and its timers with it. */
  sleep(ms: number): void {
    this.nowMs += ms;
    this.#stoodStillMs += ms;
    for (const timer of this.#timers) timer.atMs += ms;
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass; everything that falls due happens, in order, with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.atMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.nowMs = endMs;
  }

  /** Lets time pass until the promise has a value; fails when that takes longer than `limitMs`. */
  async until<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    const result: { value: T }[] = [];
    void promise.then((value) => result.push({ value }));
    const endMs = this.nowMs + limitMs;
    await settle();
    for (;;) {
      const done = result[0];
      if (done) return done.value;
      const next = this.#next();
      if (next === undefined || next.atMs > endMs) {
        throw new Error(`nothing came of it within ${limitMs} ms of simulated time`);
      }
      await this.advance(next.atMs - this.nowMs);
    }
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      const sooner = !first || timer.atMs < first.atMs;
      if (sooner || (first && timer.atMs === first.atMs && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Lets every promise that can go on do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
