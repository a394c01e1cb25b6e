import { failoverFails } from '../../../src-shared/view/relationship-words.ts';
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
  /** Since when it is otherwise. */
  sinceMs: number | undefined;
}

const lookEveryMs = 1_000;

/** A change must have lasted for so long to be told: a blip is none. */
const lastingMs = 5_000;

/** Puts it on the timeline when a failover would not work any longer, and when it would again. */
export class ReadinessWatch {
  readonly #options: ReadinessWatchOptions;
  /** By relationship. */
  readonly #told = new Map<string, Told>();
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
    const now = this.#options.relationships.statuses();
    for (const id of [...this.#told.keys()]) {
      if (!now.some((one) => one.id === id)) this.#told.delete(id);
    }
    for (const { id, members, readiness } of now) {
      const names = now.length > 1 ? joinNames(members.map(({ name }) => name)) : null;
      this.#judge(id, readiness, names);
    }
  }

  /** `names`: of the servers of the relationship, where there are several. */
  #judge(id: string, { ready, reasons }: Readiness, names: string | null): void {
    const { clock, note } = this.#options;
    const told = this.#told.get(id) ?? { ready: undefined, sinceMs: undefined };
    this.#told.set(id, told);
    if (ready === told.ready) {
      told.sinceMs = undefined;
      return;
    }
    const nowMs = clock().monotonicMs;
    told.sinceMs ??= nowMs;
    if (nowMs - told.sinceMs < lastingMs) return;
    told.sinceMs = undefined;
    const isFirst = told.ready === undefined;
    told.ready = ready;
    const between = names === null ? '' : ` between ${names}`;
    if (ready) {
      if (isFirst) return;
      const message = `A failover${between} would work again.`;
      note({ kind: 'readinessRegained', severity: 'info', message });
      return;
    }
    const why = reasons.map(({ message }) => message).join(' ');
    const what = names === null ? failoverFails : `A failover${between} would not work now`;
    note({ kind: 'readinessLost', severity: 'warning', message: `${what}. ${why}` });
  }
}
