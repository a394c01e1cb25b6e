import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { Stranger } from '../../../src-shared/model/stranger.ts';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import type { Clock } from '../base/clock.ts';

/** Servers that an admin is told of; whoever is named by nobody here can make up any number of them. */
const strangersMax = 4;

interface Seen {
  name: string;
  atMs: number;
}

/**
 * Servers that take this one for paired, which does not know them: since its directory was put back to a state
 * from before the pairing, or emptied, as far as their word goes. Kept for a day of this process.
 */
export class Strangers {
  readonly #clock: Clock;
  readonly #isPaired: (id: string) => boolean;
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock, isPaired: (id: string) => boolean) {
    this.#clock = clock;
    this.#isPaired = isPaired;
  }

  note(id: string, name: string): void {
    this.#dropOver();
    if (!this.#seen.has(id) && this.#seen.size >= strangersMax) return;
    this.#seen.set(id, { name, atMs: this.#clock().wallMs });
  }

  list(): Stranger[] {
    this.#dropOver();
    return [...this.#seen].map(([id, { name, atMs }]) => ({ id, name, at: formatInstant(atMs) }));
  }

  /** Those that were paired meanwhile, and those that have not called for long. */
  #dropOver(): void {
    const { wallMs } = this.#clock();
    for (const [id, { atMs }] of this.#seen) {
      if (this.#isPaired(id) || Math.abs(wallMs - atMs) > dayMs) this.#seen.delete(id);
    }
  }
}
