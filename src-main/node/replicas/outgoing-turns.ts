/** Longest time in which long messages are made, before others have their turn. */
const turnMs = 10;

/**
 * Long messages to other servers are made a few at a time: what an answer of a hundred pieces takes
 * is spread over many turns of the loop. What goes to the same server afterwards waits behind them.
 */
export class OutgoingTurns {
  readonly #waiting = new Map<string, (() => void)[]>();
  #spentMs = 0;
  #planned: NodeJS.Immediate | undefined;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Sends at once when it can. */
  send(to: string, isLong: boolean, work: () => void): void {
    const waiting = this.#waiting.get(to);
    if (waiting) waiting.push(work);
    else if (!isLong) work();
    else if (this.#spentMs < turnMs) this.#run(work);
    else this.#waiting.set(to, [work]);
  }

  stop(): void {
    clearImmediate(this.#planned);
    this.#waiting.clear();
  }

  #run(work: () => void): void {
    const begunMs = this.#nowMs();
    work();
    this.#spentMs += this.#nowMs() - begunMs;
    this.#planned ??= setImmediate(() => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#planned = undefined;
    this.#spentMs = 0;
    for (const [to, waiting] of this.#waiting) {
      while (this.#spentMs < turnMs) {
        const work = waiting.shift();
        if (!work) break;
        this.#run(work);
      }
      if (waiting.length === 0) this.#waiting.delete(to);
    }
  }
}
