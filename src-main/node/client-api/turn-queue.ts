/** Longest time in which the work of the queue is done, before others have their turn. */
const turnMs = 5;

/** Pieces of work that come thousands at once and are done in order, a few milliseconds at a time. */
export class TurnQueue {
  readonly #works = new Set<() => void>();
  #planned = false;

  /** The work is done in a turn after this one. */
  push(work: () => void): void {
    this.#works.add(work);
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => this.#takeTurn());
  }

  #takeTurn(): void {
    const endMs = performance.now() + turnMs;
    for (const work of this.#works) {
      this.#works.delete(work);
      work();
      if (performance.now() >= endMs) break;
    }
    this.#planned = this.#works.size > 0;
    if (this.#planned) setImmediate(() => this.#takeTurn());
  }
}
