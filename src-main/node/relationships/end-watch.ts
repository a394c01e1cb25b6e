import { joinNames } from '../../../src-shared/view/join-names.ts';
import type { Clock } from '../base/clock.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Candidates } from './candidates.ts';
import type { RelationshipService } from './relationship-service.ts';

export interface EndWatchOptions {
  relationships: Pick<RelationshipService, 'current' | 'isEndedHere'>;
  candidates: Candidates;
  clock: Clock;
  note: (note: TimelineNote) => void;
}

const lookEveryMs = 1_000;

/** A server that is taken out and in again, as after the loss of its disk, is in none for a moment. */
const lastingMs = 5_000;

/** Tells the admin of this server that another one's dissolved the relationship. */
export class EndWatch {
  readonly #options: EndWatchOptions;
  /** The relationship that this server was in, and the names of the others in it. */
  #last: { id: string; others: string[] } | null = null;
  #endedAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EndWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const { relationships, candidates, clock, note } = this.#options;
    const now = relationships.current()?.relationship;
    if (now) {
      const others = now.members.filter((id) => id !== candidates.ownId);
      this.#last = { id: now.id, others: others.map((id) => candidates.nameOf(id)) };
      this.#endedAtMs = undefined;
      return;
    }
    const ended = this.#last;
    if (!ended) return;
    const nowMs = clock().monotonicMs;
    this.#endedAtMs ??= nowMs;
    if (nowMs - this.#endedAtMs < lastingMs) return;
    this.#last = null;
    this.#endedAtMs = undefined;
    if (relationships.isEndedHere(ended.id)) return;
    const names = joinNames(ended.others);
    const what =
      ended.others.length > 1
        ? 'has ended here, since another admin dissolved it or took this server out: no server takes over ' +
          'from this one any more'
        : 'was dissolved by another admin: no server takes over for another any more';
    note({
      kind: 'relationshipDissolved',
      severity: 'warning',
      message: `The relationship with ${names} ${what}. If that was a mistake, set it up again.`,
    });
  }
}
