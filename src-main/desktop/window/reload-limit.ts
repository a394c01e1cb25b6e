/** Says whether the page may be loaded once more: a page that ends at every start is not. */
export class ReloadLimit {
  readonly #reloadsMax: number;
  readonly #withinMs: number;
  #reloadedAtMs: number[] = [];

  constructor({ reloadsMax, withinMs }: { reloadsMax: number; withinMs: number }) {
    this.#reloadsMax = reloadsMax;
    this.#withinMs = withinMs;
  }

  allow(nowMs: number): boolean {
    this.#reloadedAtMs = this.#reloadedAtMs.filter((atMs) => nowMs - atMs < this.#withinMs);
    if (this.#reloadedAtMs.length >= this.#reloadsMax) return false;
    this.#reloadedAtMs.push(nowMs);
    return true;
  }
}
