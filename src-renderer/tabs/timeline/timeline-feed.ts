import type { AdminParams, AdminResult } from '../../../src-shared/contract/admin.ts';
import type { IpcAnswer, IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { newestFirst } from '../../../src-shared/view/timeline-order.ts';

export const entriesAtOnce = 200;

/** Entries that are held; older ones are found by narrowing the search. */
export const entriesHeldMax = 20_000;

type EventsParams = AdminParams<'events.list'>;
export type TimelineFilter = Pick<EventsParams, 'severities' | 'search' | 'server'>;

export interface TimelineState {
  /** The newest first. */
  entries: readonly TimelineEvent[];
  /** The first entries are there, also when there are none. */
  loaded: boolean;
  /** There is nothing older, or nothing older is held. */
  ended: boolean;
  refusal: IpcRefusal | null;
}

type FetchEvents = (params: EventsParams) => Promise<IpcAnswer<AdminResult<'events.list'>>>;

/**
 * The entries of one filter: the newest, then older and newer ones as they are wanted. They are fetched in
 * the order in which the server came to know of them, and are shown by when they happened.
 */
export class TimelineFeed {
  private readonly filter: TimelineFilter;
  private readonly fetchEvents: FetchEvents;
  private readonly listeners = new Set<() => void>();
  private state: TimelineState = { entries: [], loaded: false, ended: false, refusal: null };
  /** No entry before this sequence is held. */
  private oldestSequence = Infinity;
  /** Every entry up to this sequence is either in `entries`, older, or does not match. */
  private checkedSequence = 0;
  private wantedSequence = 0;
  private fetching = false;
  private closed = true;

  constructor(filter: TimelineFilter, fetchEvents: FetchEvents) {
    this.filter = filter;
    this.fetchEvents = fetchEvents;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getState = (): TimelineState => this.state;

  open(): void {
    this.closed = false;
    void this.loadNewer();
  }

  close(): void {
    this.closed = true;
  }

  /** Entries up to `sequence` exist; the new ones that match are fetched. */
  follow(sequence: number): void {
    this.wantedSequence = Math.max(this.wantedSequence, sequence);
    void this.loadNewer();
  }

  async loadOlder(): Promise<void> {
    if (this.fetching || this.closed || this.state.ended || !this.state.loaded) return;
    const older = await this.fetch({ beforeSequence: this.oldestSequence });
    if (!older) return;
    this.append(older);
    if (this.wantedSequence > this.checkedSequence) await this.loadNewer();
  }

  private async loadNewer(): Promise<void> {
    if (this.fetching || this.closed) return;
    const { wantedSequence } = this;
    if (!this.state.loaded) {
      const newest = await this.fetch({});
      if (!newest) return;
      this.checkedSequence = Math.max(wantedSequence, newest[0]?.sequence ?? 0);
      this.append(newest);
    } else if (wantedSequence > this.checkedSequence) {
      const newer = await this.fetch({ afterSequence: this.checkedSequence });
      if (!newer) return;
      const full = newer.length >= entriesAtOnce;
      this.checkedSequence = Math.max(full ? 0 : wantedSequence, newer.at(-1)?.sequence ?? 0);
      this.prepend(newer.toReversed());
    } else return;
    if (this.wantedSequence > this.checkedSequence) await this.loadNewer();
  }

  private async fetch(
    position: Pick<EventsParams, 'afterSequence' | 'beforeSequence'>,
  ): Promise<TimelineEvent[] | undefined> {
    this.fetching = true;
    const answer = await this.fetchEvents({ ...this.filter, ...position, limit: entriesAtOnce });
    this.fetching = false;
    if (this.closed) return undefined;
    if (answer.ok) return answer.value.events;
    this.change({ ...this.state, refusal: answer });
    return undefined;
  }

  private append(older: readonly TimelineEvent[]): void {
    const held = older.slice(0, entriesHeldMax - this.state.entries.length);
    const entries = newestFirst([...this.state.entries, ...held]);
    this.oldestSequence = held.at(-1)?.sequence ?? this.oldestSequence;
    const ended = older.length < entriesAtOnce || entries.length === entriesHeldMax;
    this.change({ entries, loaded: true, ended, refusal: null });
  }

  private prepend(newer: readonly TimelineEvent[]): void {
    const entries = newestFirst([...newer, ...this.state.entries]).slice(0, entriesHeldMax);
    this.change({ ...this.state, entries, refusal: null });
  }

  private change(next: TimelineState): void {
    this.state = next;
    for (const listener of this.listeners) listener();
  }
}
