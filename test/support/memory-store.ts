import type { RecordedEvent } from '../../src-main/node/core/ledger/change.ts';
import type {
  Committed,
  HistoryGap,
  LoadedStore,
  StoreBatch,
  StoredEvent,
  StoreWrite,
} from '../../src-main/node/store/store.ts';
import { Arrivals, type HistoryRow, MemoryHistory, type StoredUsage } from './memory-history.ts';
import { MemoryLedger } from './memory-ledger.ts';

/** What a store must keep, in the simplest way: for tests, and to hold the real one to. */
export class MemoryStore {
  readonly ledgers = new Map<string, MemoryLedger>();
  takenOut: Record<string, number> = {};
  readonly journal: Record<string, number> = {};
  /** They outlive their ledgers. */
  readonly #histories = new Map<string, MemoryHistory>();
  readonly #journals = new Map<string, StoredEvent>();
  readonly #arrivals = new Arrivals();

  /** In the order of arrival, as are the usage records that count. */
  get events(): StoredEvent[] {
    const ofLedgers = [...this.#histories.values()].flatMap(({ events }) => events);
    return [...ofLedgers, ...this.#journals.values()].sort((a, b) => a.local - b.local);
  }

  get usage(): StoredUsage[] {
    const all = [...this.#histories.values()].flatMap(({ counted }) => counted);
    return all.sort((a, b) => a.local - b.local);
  }

  get gaps(): HistoryGap[] {
    const all = [...this.#histories.values()].flatMap(({ gaps }) => gaps);
    return all.sort((a, b) => a.id - b.id);
  }

  write({ ledgers, journal }: StoreBatch): Committed {
    const before = this.#arrivals.event;
    for (const { ledger, writes } of ledgers) {
      for (const write of writes) this.#write(ledger, write);
    }
    for (const event of journal) {
      this.journal[event.server] = Math.max(this.journal[event.server] ?? 0, event.sequence);
      this.#addToJournal(event);
    }
    return { events: this.events.filter(({ local }) => local > before) };
  }

  read(): LoadedStore {
    return {
      ledgers: [...this.ledgers].map(([id, ledger]) => ({ id, ...ledger.read() })),
      takenOut: { ...this.takenOut },
      journal: { ...this.journal },
      recentEvents: this.events.slice(-50),
      gaps: this.gaps,
      boot: null,
    };
  }

  ledger(id: string): MemoryLedger {
    const ledger = this.ledgers.get(id);
    if (!ledger) throw new Error(`ledger ${id} is not hosted here`);
    return ledger;
  }

  fill(
    id: number,
    rows: readonly HistoryRow[],
    range: { from: number; upTo: number },
  ): StoredEvent[] {
    const gap = this.gaps.find((one) => one.id === id);
    if (!gap) return [];
    const before = this.#arrivals.event;
    this.ledger(gap.ledger).fill(gap, rows, range);
    return this.events.filter(({ local }) => local > before);
  }

  #write(id: string, write: StoreWrite): void {
    switch (write.type) {
      case 'createLedger':
        delete this.takenOut[id];
        this.ledgers.set(id, MemoryLedger.from(write.stored, this.#historyOf(id)));
        return;
      case 'dropLedger':
        this.ledgers.delete(id);
        if (write.takenOutIn !== undefined) this.takenOut[id] = write.takenOutIn;
        this.#historyOf(id).forgetGaps(() => true);
        return;
      default:
        this.ledger(id).write(write);
    }
  }

  #historyOf(id: string): MemoryHistory {
    const history = this.#histories.get(id) ?? new MemoryHistory(id, this.#arrivals);
    this.#histories.set(id, history);
    return history;
  }

  /** An entry that is there already is left as it is. */
  #addToJournal(event: RecordedEvent): void {
    const key = `${event.server} ${event.sequence}`;
    if (this.#journals.has(key)) return;
    this.#journals.set(key, { ...event, local: ++this.#arrivals.event, ledger: null });
  }
}
