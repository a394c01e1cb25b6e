import { snapshotEventsMax } from '../../../src-shared/model/node-snapshot.ts';
import type { StoredEvent } from '../store/store.ts';

/** The newest timeline entries that are durable, for snapshots. */
export class RecentEvents {
  #newestFirst: readonly StoredEvent[];

  /** `stored` is in the order of arrival. */
  constructor(stored: readonly StoredEvent[]) {
    this.#newestFirst = stored.toReversed().slice(0, snapshotEventsMax);
  }

  get newestFirst(): readonly StoredEvent[] {
    return this.#newestFirst;
  }

  /** In the order of arrival. */
  readonly add = (durable: readonly StoredEvent[]): void => {
    const all = [...durable.toReversed(), ...this.#newestFirst];
    this.#newestFirst = all.slice(0, snapshotEventsMax);
  };
}
