/** A request for a seat is not repeated after this time; another one is made. */
const repeatedMsMax = 120_000;

/**
 * The numbers that an instance gives its requests: one for each seat that it wants, the same again in
 * every retry, so that no retry can end in a second seat, whichever server it comes to.
 */
export class RequestCount {
  #number: number | undefined;
  #firstAskedMs: number | null = null;

  /** `first`: a number that the instance has not used; undefined: requests have none. */
  constructor(first: number | undefined) {
    this.#number = first;
  }

  get isKept(): boolean {
    return this.#number !== undefined;
  }

  /** Of a request that is sent now. */
  take(nowMs: number): number | undefined {
    if (this.#firstAskedMs !== null && nowMs - this.#firstAskedMs > repeatedMsMax) this.settle();
    this.#firstAskedMs ??= nowMs;
    return this.#number;
  }

  /** What was asked for is over, in whatever way: what comes next is for another seat. */
  settle(): void {
    if (this.#number !== undefined && this.#firstAskedMs !== null) this.#number++;
    this.#firstAskedMs = null;
  }

  /** A number that the instance has not used, to go on from later. */
  get next(): number | undefined {
    if (this.#number === undefined) return undefined;
    return this.#firstAskedMs === null ? this.#number : this.#number + 1;
  }
}
