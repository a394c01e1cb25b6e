/** Lines in one period; what is over is counted. */
const linesMax = 5;

const periodMs = 60_000;

/**
 * Faults that come with requests, in the log: some a minute, and the number of the others, so that
 * whoever finds a way to bring one about cannot fill the disk with it.
 */
export class FaultLog {
  readonly #write: (message: string) => void;
  #periodEndMs = -Infinity;
  #lines = 0;
  #leftOut = 0;

  constructor(write: (message: string) => void) {
    this.#write = write;
  }

  note(error: unknown): void {
    const nowMs = performance.now();
    if (nowMs >= this.#periodEndMs) {
      if (this.#leftOut > 0) this.#write(`Client API: ${this.#leftOut} more faults were left out`);
      this.#periodEndMs = nowMs + periodMs;
      this.#lines = 0;
      this.#leftOut = 0;
    }
    if (this.#lines < linesMax) {
      this.#lines += 1;
      this.#write(`Client API: ${describeFault(error)}`);
    } else this.#leftOut += 1;
  }
}

function describeFault(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
