import { snapshotEventsMax } from '../../../src-shared/model/node-snapshot.ts';
import type { Change, RecordedEvent } from '../core/change.ts';

/** The newest timeline entries that are durable, for snapshots. */
export class RecentEvents {
  #newestFirst: readonly RecordedEvent[];

  /** `stored` is in the order in which it happened. */
  constructor(stored: readonly RecordedEvent[]) {
    this.#newestFirst = stored.toReversed().slice(0, snapshotEventsMax);
  }

  get newestFirst(): readonly RecordedEvent[] {
    return this.#newestFirst;
  }

  add(durable: readonly Change[]): void {
    const added = durable.filter((change) => change.type === 'event').map(({ after }) => after);
    if (added.length === 0) return;
    const all = [...added.toReversed(), ...this.#newestFirst];
    this.#newestFirst = all.slice(0, snapshotEventsMax);
  }
}
