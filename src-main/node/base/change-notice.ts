/** Shortest time between two notices to one listener. */
const noticeEveryMs = 100;

/** Tells listeners that something changed: the first change after a short delay, many at once. */
export class ChangeNotice {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  readonly note = (): void => {
    if (this.#listeners.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const listener of this.#listeners) listener();
    }, noticeEveryMs);
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    this.#listeners.clear();
    clearTimeout(this.#timer);
  }
}
