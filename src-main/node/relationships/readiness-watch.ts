import { describeReadiness } from '../../../src-shared/view/describe-readiness.ts';
import type { Readiness } from '../../../src-shared/model/node-snapshot.ts';
import type { Clock } from '../base/clock.ts';
import type { TimelineNote } from '../base/timeline-note.ts';

export interface ReadinessWatchOptions {
  readiness: () => Readiness;
  /** There is a relationship, so that readiness can be expected. */
  isRelated: () => boolean;
  clock: Clock;
  note: (note: TimelineNote) => void;
}

const lookEveryMs = 1_000;

/** A change must have lasted for so long to be told: a blip is none. */
const lastingMs = 5_000;

/** Between two looks that are further apart the process was suspended, and nobody knows what was. */
const suspendedMs = 3 * lookEveryMs;

/** Puts it on the timeline when a failover would not work any longer, and when it would again. */
export class ReadinessWatch {
  readonly #options: ReadinessWatchOptions;
  #told: boolean | undefined;
  /** What is seen now and was not told, and since when. */
  #seen: { ready: boolean; sinceMs: number } | undefined;
  #lookedMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReadinessWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const { readiness, isRelated, clock, note } = this.#options;
    const nowMs = clock().monotonicMs;
    const wasSuspended = nowMs - this.#lookedMs > suspendedMs;
    this.#lookedMs = nowMs;
    if (!isRelated()) {
      this.#told = undefined;
      this.#seen = undefined;
      return;
    }
    const now = readiness();
    const { ready } = now;
    if (ready === this.#told) {
      this.#seen = undefined;
      return;
    }
    if (this.#seen?.ready !== ready || wasSuspended) this.#seen = { ready, sinceMs: nowMs };
    if (nowMs - this.#seen.sinceMs < lastingMs) return;
    this.#seen = undefined;
    const isFirst = this.#told === undefined;
    this.#told = ready;
    if (ready) {
      if (isFirst) return;
      note({
        kind: 'readinessRegained',
        severity: 'info',
        message: 'A failover would work again.',
      });
      return;
    }
    const { title, reasons } = describeReadiness({ readiness: now });
    const message = [`${title}.`, ...reasons].join(' ');
    note({ kind: 'readinessLost', severity: 'warning', message });
  }
}
