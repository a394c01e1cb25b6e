import type { RecordedEvent } from '../core/ledger/change.ts';
import {
  type LedgerWrites,
  type Probe,
  type Store,
  type StoredEvent,
  StoreUnavailable,
  type StoreWrite,
} from './store.ts';
import type { Log } from '../base/log.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { storeFault } from './store-fault.ts';

/** Something of a ledger that waits until everything before it is durable. */
export interface Waiting {
  ledger: string;
  run: () => void;
}

export interface CommitQueueOptions {
  store: Pick<Store, 'commit' | 'probe'>;
  log: Pick<Log, 'error' | 'info'>;
  /**
   * Nothing that this ledger gave since the number, this one included, was written, and nothing that
   * waited for it will run.
   */
  onFailed: (ledger: string, number: number) => void;
  /** It can still not be written a moment later: this concerns ledgers that gave nothing, too. */
  onUnwritable: () => void;
  /** The store can be written again. */
  onRecovered: (how: Probe) => void;
  /** Timeline entries that became durable. */
  onEvents: (events: readonly StoredEvent[]) => void;
  onChange: () => void;
  /** Time between two tries to write after one failed. */
  probeEveryMs?: number;
}

/** Figures since the start. */
export interface CommitFigures {
  commitCount: number;
  commitSeconds: number;
  commitFailures: number;
  changeCount: number;
}

interface Batch {
  writes: Map<string, StoreWrite[]>;
  /** First number of each ledger in this batch. */
  firstNumbers: Map<string, number>;
  journal: RecordedEvent[];
  waiting: Waiting[];
}

/** Batches that are written or wait for it at a time; more requests share the next one. */
const batchesMax = 2;

const probeEveryMsDefault = 1_000;

/** Entries of this server's journal that wait for a disk that cannot be written. */
const journalWaitingMax = 1_000;

/**
 * Carries out what the ledgers want to have on the disk, in order, and what waits for it. While
 * batches are written the next one is gathered, so that concurrent requests share a flush
 * (protocol section 3).
 */
export class CommitQueue {
  readonly figures: CommitFigures = {
    commitCount: 0,
    commitSeconds: 0,
    commitFailures: 0,
    changeCount: 0,
  };
  readonly #options: CommitQueueOptions;
  readonly #underWay: Batch[] = [];
  #gathered = emptyBatch();
  #planned = false;
  #failure: string | undefined;
  #prober: NodeJS.Timeout | undefined;
  #stopped = false;
  #readyListeners: (() => void)[] = [];
  #idleListeners: (() => void)[] = [];

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  /** Why nothing can be written now; undefined while the store works. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** One more batch would be begun at once. */
  get isReady(): boolean {
    return this.#underWay.length < batchesMax;
  }

  /** Calls back once when `isReady` turns true. */
  onReady(listener: () => void): void {
    this.#readyListeners.push(listener);
  }

  /** Writes of one ledger; `run` comes when they are durable. */
  persist(ledger: string, number: number, writes: readonly StoreWrite[], run: () => void): void {
    if (this.#failure !== undefined) {
      setImmediate(() => this.#options.onFailed(ledger, number));
      return;
    }
    const { writes: all, firstNumbers, waiting } = this.#gathered;
    const gathered = all.get(ledger);
    if (gathered) gathered.push(...writes);
    else all.set(ledger, [...writes]);
    if (!firstNumbers.has(ledger)) firstNumbers.set(ledger, number);
    waiting.push({ ledger, run });
    this.#plan();
  }

  /** Runs when everything that this ledger gave before is durable; at once when it is. */
  whenDurable(ledger: string, run: () => void): void {
    const batch = this.#gathered.writes.has(ledger)
      ? this.#gathered
      : this.#underWay.findLast(({ writes }) => writes.has(ledger));
    if (batch) batch.waiting.push({ ledger, run });
    else run();
  }

  /** Entries of journals, this server's own or another's. They wait for a disk that is full. */
  addToJournal(events: readonly RecordedEvent[]): void {
    const { journal } = this.#gathered;
    journal.push(...events);
    if (journal.length > journalWaitingMax) journal.splice(0, journal.length - journalWaitingMax);
    this.#plan();
  }

  /** Resolves when everything so far is durable; rejects with StoreUnavailable when it cannot be. */
  async settled(): Promise<void> {
    while (this.#failure === undefined && (this.#underWay.length > 0 || !isEmpty(this.#gathered))) {
      await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
    }
    if (this.#failure !== undefined) throw new StoreUnavailable(this.#failure);
  }

  /** Somebody else found that nothing can be written, before this queue tried to. */
  noteFailure(error: unknown): void {
    if (this.#failure === undefined && !this.#stopped) this.#fail(error);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#prober);
  }

  // After what arrived in the same turn of the loop, so that it shares the batch.
  #plan(): void {
    if (this.#planned || this.#failure !== undefined || !this.isReady) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.#begin();
    });
  }

  #begin(): void {
    if (!this.isReady || isEmpty(this.#gathered) || this.#failure !== undefined) return;
    const batch = this.#gathered;
    this.#gathered = emptyBatch();
    this.#underWay.push(batch);
    void this.#write(batch);
  }

  async #write(batch: Batch): Promise<void> {
    const begunMs = performance.now();
    const ledgers: LedgerWrites[] = [...batch.writes].map(([ledger, writes]) => ({
      ledger,
      writes,
    }));
    try {
      const { events } = await this.#options.store.commit({ ledgers, journal: batch.journal });
      if (this.#underWay[0] !== batch) return;
      this.#underWay.shift();
      this.figures.commitCount++;
      this.figures.commitSeconds += (performance.now() - begunMs) / 1000;
      this.figures.changeCount += countChanges(ledgers);
      for (const { run } of batch.waiting) run();
      if (events.length > 0) this.#options.onEvents(events);
      this.#options.onChange();
      this.#goOn();
    } catch (error) {
      if (this.#underWay.includes(batch)) this.#fail(error);
    }
  }

  #goOn(): void {
    if (!isEmpty(this.#gathered)) this.#plan();
    const ready = this.#readyListeners.splice(0);
    for (const listener of ready) listener();
    if (this.#underWay.length === 0) for (const done of this.#idleListeners.splice(0)) done();
  }

  /** Nothing under way or gathered is written any more: each ledger goes back to what is durable. */
  #fail(error: unknown): void {
    const { log, onFailed, onChange } = this.#options;
    const known = error instanceof StoreUnavailable;
    const fault = known ? error.cause : error;
    if (fault !== undefined) log.error('The store failed in an unexpected way', fault);
    const cause = known ? error.message : storeFault;
    this.figures.commitFailures++;
    const lost = [...this.#underWay.splice(0), this.#gathered];
    this.#gathered = emptyBatch();
    this.#gathered.journal.push(...lost.flatMap(({ journal }) => journal));
    this.#failure = cause;
    log.error(`Cannot write: ${cause}.`);
    const firstNumbers = new Map<string, number>();
    for (const batch of lost) {
      for (const [ledger, number] of batch.firstNumbers) {
        if (!firstNumbers.has(ledger)) firstNumbers.set(ledger, number);
      }
    }
    for (const [ledger, number] of firstNumbers) onFailed(ledger, number);
    this.#planProbe();
    this.#goOn();
    onChange();
  }

  #planProbe(): void {
    if (this.#stopped) return;
    this.#prober = setTimeout(
      () => void this.#probe(),
      this.#options.probeEveryMs ?? probeEveryMsDefault,
    );
  }

  async #probe(): Promise<void> {
    const { store, log, onUnwritable, onRecovered, onChange } = this.#options;
    let how: Probe;
    try {
      how = await store.probe();
    } catch (error) {
      if (this.#stopped) return;
      if (error instanceof StoreUnavailable) this.#failure = error.message;
      this.#planProbe();
      onUnwritable();
      return;
    }
    if (this.#stopped) return;
    log.info('The disk can be written again.');
    this.#failure = undefined;
    onRecovered(how);
    this.#plan();
    onChange();
  }
}

function emptyBatch(): Batch {
  return { writes: new Map(), firstNumbers: new Map(), journal: [], waiting: [] };
}

function isEmpty({ writes, journal, waiting }: Batch): boolean {
  return writes.size === 0 && journal.length === 0 && waiting.length === 0;
}

function countChanges(ledgers: readonly LedgerWrites[]): number {
  let count = 0;
  for (const { writes } of ledgers) {
    for (const write of writes) {
      if (write.type === 'rows') count += write.changes.length;
      if (write.type !== 'append') continue;
      for (const { changes } of write.entries) count += changes.length;
    }
  }
  return count;
}

/** What the timeline says after `onRecovered`. */
export const recoveryNotes: Record<Probe, TimelineNote> = {
  works: {
    kind: 'storeRecovered',
    severity: 'warning',
    message:
      'The disk could not be written for a while and can again. Leases were kept; new seats, returns ' +
      'and changes were refused meanwhile.',
  },
  rewritten: {
    kind: 'storeRecovered',
    severity: 'warning',
    message:
      'The ledger file was deleted while the server ran. The server has written it anew from what it had ' +
      'open; nothing is missing. New seats, returns and changes were refused meanwhile.',
  },
};
