import { describeReadiness } from '../../../src-shared/view/describe-readiness.ts';
import type { Readiness } from '../../../src-shared/model/readiness.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import type { Clock } from '../base/clock.ts';
import type { TimelineNote } from '../base/timeline-note.ts';

export interface ReadinessWatchOptions {
  relationships: { statuses(): Pick<RelationshipStatus, 'id' | 'members' | 'readiness'>[] };
  clock: Clock;
  note: (note: TimelineNote) => void;
}

interface Told {
  ready: boolean | undefined;
  /** What is seen now and was not told, and since when. */
  seen: { ready: boolean; sinceMs: number } | undefined;
}

interface Look {
  names: string | null;
  nowMs: number;
}

const lookEveryMs = 1_000;

/** A change must have lasted for so long to be told: a blip is none. */
const lastingMs = 5_000;

/** Between two looks that are further apart the process was suspended, and nobody knows what was. */
const suspendedMs = 3 * lookEveryMs;

/** Puts it on the timeline when a failover would not work any longer, and when it would again. */
export class ReadinessWatch {
  readonly #options: ReadinessWatchOptions;
  /** By relationship. */
  readonly #told = new Map<string, Told>();
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
    const { relationships, clock } = this.#options;
    const nowMs = clock().monotonicMs;
    const wasSuspended = nowMs - this.#lookedMs > suspendedMs;
    this.#lookedMs = nowMs;
    const now = relationships.statuses();
    for (const id of [...this.#told.keys()]) {
      if (!now.some((one) => one.id === id)) this.#told.delete(id);
    }
    for (const { id, members, readiness } of now) {
      const told = this.#told.get(id) ?? { ready: undefined, seen: undefined };
      this.#told.set(id, told);
      if (wasSuspended) told.seen = undefined;
      const names = now.length > 1 ? joinNames(members.map(({ name }) => name)) : null;
      this.#judge(told, readiness, { names, nowMs });
    }
  }

  /** `names`: of the servers of the relationship, where there are several. */
  #judge(told: Told, readiness: Readiness, { names, nowMs }: Look): void {
    const { note } = this.#options;
    const { ready } = readiness;
    if (ready === told.ready) {
      told.seen = undefined;
      return;
    }
    if (told.seen?.ready !== ready) told.seen = { ready, sinceMs: nowMs };
    if (nowMs - told.seen.sinceMs < lastingMs) return;
    told.seen = undefined;
    const isFirst = told.ready === undefined;
    told.ready = ready;
    const between = names === null ? '' : ` between ${names}`;
    if (ready) {
      if (isFirst) return;
      const message = `A failover${between} would work again.`;
      note({ kind: 'readinessRegained', severity: 'info', message });
      return;
    }
    const { title, reasons } = describeReadiness({ readiness });
    const where = names === null ? '' : `Between ${names}: `;
    const message = [`${where}${title}.`, ...reasons].join(' ');
    note({ kind: 'readinessLost', severity: 'warning', message });
  }
}
