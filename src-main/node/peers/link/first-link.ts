/**
 * Whether a new link has had the time to come up. Right after two servers were paired, or after a start,
 * each is on its way to the other, so what is asked of the other in that moment waits for the link.
 */
export class FirstLink {
  readonly settled: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #resolve = (): void => undefined;

  /** `longestMs`: after so long a link that is not up is down. */
  constructor(longestMs: number) {
    this.settled = new Promise((resolve) => (this.#resolve = resolve));
    this.#timer = setTimeout(this.#resolve, longestMs);
  }

  /** The link is up, or has ended. */
  settle(): void {
    clearTimeout(this.#timer);
    this.#resolve();
  }
}
