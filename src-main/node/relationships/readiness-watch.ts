import { failoverFails } from '../../../src-shared/view/relationship-words.ts';
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

/** Puts it on the timeline when a failover would not work any longer, and when it would again. */
export class ReadinessWatch {
  readonly #options: ReadinessWatchOptions;
  #told: boolean | undefined;
  #sinceMs: number | undefined;
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
    if (!isRelated()) {
      this.#told = undefined;
      this.#sinceMs = undefined;
      return;
    }
    const { ready, reasons } = readiness();
    if (ready === this.#told) {
      this.#sinceMs = undefined;
      return;
    }
    const nowMs = clock().monotonicMs;
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs < lastingMs) return;
    this.#sinceMs = undefined;
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
    const why = reasons.map(({ message }) => message).join(' ');
    note({
      kind: 'readinessLost',
      severity: 'warning',
      message: `${failoverFails}. ${why}`,
    });
  }
}
