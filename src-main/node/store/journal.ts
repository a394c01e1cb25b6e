import { systemActor } from '../../../src-shared/model/actor.ts';
import { timelineMessage } from '../../../src-shared/model/timeline.ts';
import type { RecordedEvent } from '../core/ledger/change.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { TimelineNote } from '../base/timeline-note.ts';

export interface JournalOptions {
  serverId: string;
  /** Highest sequence that is stored. */
  sequence: number;
  clock: Clock;
  commits: Pick<CommitQueue, 'addToJournal'>;
  onGrown: (sequence: number) => void;
  /** Has what is not a mere information too, for whoever reads only that. */
  log: Pick<Log, 'error' | 'warn'>;
}

/**
 * What happened to this server itself: starts, links, pairings, its clock. Every server has its own
 * journal; related servers exchange them, so that the timeline is one story.
 */
export class Journal {
  readonly #options: JournalOptions;
  #sequence: number;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#sequence = options.sequence;
  }

  get sequence(): number {
    return this.#sequence;
  }

  note({ kind, severity, message: said, actor }: TimelineNote): void {
    const { serverId: server, clock, commits, onGrown, log } = this.#options;
    const message = timelineMessage(said);
    if (severity === 'error') log.error(message);
    else if (severity === 'warning') log.warn(message);
    const sequence = ++this.#sequence;
    const atMs = Math.round(clock().wallMs);
    const event: RecordedEvent = {
      ...{ server, sequence, atMs, kind, severity, message },
      actor: actor ?? systemActor(server),
    };
    commits.addToJournal([event]);
    onGrown(sequence);
  }
}
