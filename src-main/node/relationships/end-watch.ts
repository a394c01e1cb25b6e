import { joinNames } from '../../../src-shared/view/join-names.ts';
import type { Clock } from '../base/clock.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Candidates } from './candidates.ts';
import type { RelationshipService } from './relationship-service.ts';

export interface EndWatchOptions {
  relationships: Pick<RelationshipService, 'all' | 'isEndedHere'>;
  candidates: Candidates;
  clock: Clock;
  note: (note: TimelineNote) => void;
}

const lookEveryMs = 1_000;

/** A server that is taken out and in again, as after the loss of its disk or for another rule, is in none for a moment. */
const lastingMs = 5_000;

interface Known {
  /** Names of the other servers in it. */
  others: string[];
  /** By what was heard of it last, this server is to go on in it. */
  isToStay: boolean;
  /** Since when this server is not in it any longer; undefined: it is. */
  endedAtMs: number | undefined;
}

/** Tells the admin of this server that it is in a relationship no longer, which another one's ended or changes. */
export class EndWatch {
  readonly #options: EndWatchOptions;
  /** Relationships that this server was in, by their ids. */
  readonly #known = new Map<string, Known>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EndWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Called at every change of a configuration as well: a relationship may last less than a second. */
  look(): void {
    const { relationships, candidates } = this.#options;
    const now = relationships.all();
    for (const { relationship, replicas } of now) {
      const others = relationship.members
        .filter((id) => id !== candidates.ownId)
        .map((id) => candidates.nameOf(id));
      const isToStay = replicas.some((replica) => {
        const goal = replica.view().config.relationship?.goal;
        return goal?.members.includes(candidates.ownId) === true;
      });
      this.#known.set(relationship.id, { others, isToStay, endedAtMs: undefined });
    }
    for (const [id, known] of this.#known) {
      if (!now.some(({ relationship }) => relationship.id === id)) this.#noteEnded(id, known);
    }
  }

  #noteEnded(id: string, known: Known): void {
    const { relationships, clock, note } = this.#options;
    const nowMs = clock().monotonicMs;
    known.endedAtMs ??= nowMs;
    if (nowMs - known.endedAtMs < lastingMs) return;
    this.#known.delete(id);
    if (relationships.isEndedHere(id)) return;
    const { others, isToStay } = known;
    if (isToStay) {
      note({
        kind: 'relationshipChanged',
        severity: 'warning',
        message:
          `This server was let go from the relationship with ${joinNames(others)} while that is changed, and is ` +
          'to take part again: until then it takes over for no other server.',
      });
      return;
    }
    const what =
      others.length > 1
        ? 'has ended here, since another admin dissolved it or took this server out: no server takes over ' +
          'from this one any more'
        : 'was dissolved by another admin: no server takes over for another any more';
    note({
      kind: 'relationshipDissolved',
      severity: 'warning',
      message: `The relationship with ${joinNames(others)} ${what}. If that was a mistake, set it up again.`,
    });
  }
}
