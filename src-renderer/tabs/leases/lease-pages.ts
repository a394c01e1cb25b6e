import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import type { IpcAnswer, IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';

export const pageRows = 200;

/** Pages that are kept in memory; the ones that were fetched longest ago go first. */
export const pagesKeptMax = 40;

/** The same page is asked for again at most this often. */
export const refreshAfterMs = 500;

/**
 * Renewals do not change the set of leases, but when they end: pages older than this are asked for
 * again.
 */
export const staleAfterMs = 5_000;

interface Page {
  leases: ListedLease[];
  revision: number;
  fetchedAtMs: number;
}

export interface LeasePagesState {
  /** Null until the first answer. */
  total: number | null;
  refusal: IpcRefusal | null;
  /** Rises with every change, so that what draws the rows is drawn again. */
  version: number;
}

interface LeasePagesPorts {
  fetchPage: (offset: number, limit: number) => Promise<IpcAnswer<AdminResult<'lease.list'>>>;
  nowMs: () => number;
  /** Calls `run` after a time and returns what cancels it. */
  schedule: (run: () => void, afterMs: number) => () => void;
}

/**
 * The rows of one query over the leases: fetches the pages that can be seen, one after the other,
 * and fetches them again when the set of leases has changed. Nothing else of 100,000 leases is
 * held.
 */
export class LeasePages {
  private readonly ports: LeasePagesPorts;
  private readonly pages = new Map<number, Page>();
  private readonly listeners = new Set<() => void>();
  private state: LeasePagesState = { total: null, refusal: null, version: 0 };
  private firstRow = 0;
  private lastRow = 0;
  private revision = 0;
  private fetching = false;
  private cancelWait: (() => void) | null = null;
  private closed = true;

  constructor(ports: LeasePagesPorts) {
    this.ports = ports;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getState = (): LeasePagesState => this.state;

  rowAt(index: number): ListedLease | undefined {
    return this.pages.get(Math.floor(index / pageRows))?.leases[index % pageRows];
  }

  /** The rows that can be seen now. */
  setRange = (firstRow: number, lastRow: number): void => {
    this.firstRow = firstRow;
    this.lastRow = lastRow;
    this.pump();
  };

  /** The number that changes whenever the set of leases does. */
  setRevision(revision: number): void {
    this.revision = revision;
    this.pump();
  }

  /** Asks for everything that can be seen once more, for example after a lease was released. */
  refresh(): void {
    for (const page of this.pages.values()) page.fetchedAtMs = Number.NEGATIVE_INFINITY;
    this.pump();
  }

  /** Begins to fetch: before this call, and after `close`, nothing is fetched. */
  open(): void {
    this.closed = false;
    this.pump();
  }

  close(): void {
    this.closed = true;
    this.cancelWait?.();
  }

  /** Fetches the page that is due, or waits until one is. */
  private pump(): void {
    this.cancelWait?.();
    this.cancelWait = null;
    if (this.fetching || this.closed) return;
    const due = this.visiblePages().map((number) => ({ number, atMs: this.dueAtMs(number) }));
    const next = due.reduce((a, b) => (b.atMs < a.atMs ? b : a));
    const waitMs = next.atMs - this.ports.nowMs();
    if (waitMs <= 0) void this.fetch(next.number);
    else this.cancelWait = this.ports.schedule(() => this.pump(), waitMs);
  }

  private visiblePages(): number[] {
    const first = Math.floor(this.firstRow / pageRows);
    const last = Math.max(first, Math.floor(this.lastRow / pageRows));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }

  private dueAtMs(number: number): number {
    const page = this.pages.get(number);
    if (!page) return Number.NEGATIVE_INFINITY;
    return page.fetchedAtMs + (page.revision === this.revision ? staleAfterMs : refreshAfterMs);
  }

  private async fetch(number: number): Promise<void> {
    this.fetching = true;
    const { revision } = this;
    const answer = await this.ports.fetchPage(number * pageRows, pageRows);
    this.fetching = false;
    if (this.closed) return;
    const fetchedAtMs = this.ports.nowMs();
    if (answer.ok) this.keep(number, { leases: answer.value.leases, revision, fetchedAtMs });
    else this.keepRefused(number, fetchedAtMs);
    this.change({
      total: answer.ok ? answer.value.total : this.state.total,
      refusal: answer.ok ? null : answer,
    });
    this.pump();
  }

  private keep(number: number, page: Page): void {
    this.pages.delete(number);
    this.pages.set(number, page);
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= pagesKeptMax) break;
      this.pages.delete(oldest);
    }
  }

  /** What is known stays; it is asked for again after a while. */
  private keepRefused(number: number, fetchedAtMs: number): void {
    const leases = this.pages.get(number)?.leases ?? [];
    this.keep(number, { leases, revision: -1, fetchedAtMs });
  }

  private change(next: Pick<LeasePagesState, 'total' | 'refusal'>): void {
    this.state = { ...next, version: this.state.version + 1 };
    for (const listener of this.listeners) listener();
  }
}
