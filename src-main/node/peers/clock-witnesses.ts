import { clockDifferenceToldMs } from '../../../src-shared/model/clock-difference.ts';
import type { OtherClocks } from '../core/ledger/event.ts';

/** Remembers when the clocks of other servers were found to agree with this host's, or not to. */
export class ClockWitnesses {
  #word: OtherClocks = { agreedMs: null, differedMs: null };

  /** `differenceMs` was measured just now; positive: the other clock is ahead. */
  note(differenceMs: number, monotonicMs: number): void {
    const agrees = Math.abs(differenceMs) <= clockDifferenceToldMs;
    this.#word = { ...this.#word, [agrees ? 'agreedMs' : 'differedMs']: monotonicMs };
  }

  get word(): OtherClocks {
    return this.#word;
  }
}
