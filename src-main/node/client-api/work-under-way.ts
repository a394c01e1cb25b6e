/** Counts requests that wait for the node, within a limit, and tells when there are none. */
export class WorkUnderWay {
  #count = 0;
  #idle: (() => void)[] = [];
  readonly #countMax: () => number;

  constructor(countMax: () => number) {
    this.#countMax = countMax;
  }

  /** False: too many are under way; nothing was begun. */
  begin(): boolean {
    if (this.#count >= this.#countMax()) return false;
    this.#count += 1;
    return true;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves as soon as nothing is under way. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}
