import type { TokenClaims } from '../../src-shared/contract/client-api.ts';
import type { RecordedEvent } from '../../src-main/node/core/ledger/change.ts';
import {
  type Committed,
  type HistoryGap,
  type HistoryPage,
  type HistoryQuery,
  type ImagePart,
  type LoadedStore,
  type Probe,
  type Store,
  type StoreBatch,
  type StoredEvent,
  StoreUnavailable,
} from '../../src-main/node/store/store.ts';
import type { HistoryRow } from './memory-history.ts';
import { imagePartsOf } from './image-parts.ts';
import { MemoryStore } from './memory-store.ts';

interface HeldCommit {
  batch: StoreBatch;
  finish: () => void;
  fail: (error: Error) => void;
}

/** A store in memory whose commits a test holds, finishes and fails. */
export class HeldStore implements Store {
  readonly disk = new MemoryStore();
  /** Commits wait for `finishNext` or `failNext`. */
  holding = false;
  /** Every write fails with this sentence. */
  broken: string | undefined;
  readonly batches: StoreBatch[] = [];
  signCount = 0;
  readonly #held: HeldCommit[] = [];
  /** A commit failed and no probe has worked since. */
  #failed: string | undefined;

  async load(): Promise<LoadedStore> {
    return this.disk.read();
  }

  commit(batch: StoreBatch): Promise<Committed> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.batches.push(batch);
        resolve(this.disk.write(batch));
      };
      this.#failed ??= this.broken;
      if (this.#failed !== undefined) reject(new StoreUnavailable(this.#failed));
      else if (this.holding) this.#held.push({ batch, finish, fail: reject });
      else finish();
    });
  }

  get heldCount(): number {
    return this.#held.length;
  }

  finishNext(): void {
    this.#held.shift()?.finish();
  }

  /** Fails the oldest commit that is held, and so all that were given after it. */
  failNext(why: string): void {
    this.broken = why;
    this.#failed = why;
    for (const { fail } of this.#held.splice(0)) fail(new StoreUnavailable(why));
  }

  async loss(): Promise<null> {
    return null;
  }

  async beginMark(): Promise<void> {}

  async check(): Promise<void> {}

  async sign(claims: TokenClaims[]): Promise<string[]> {
    this.signCount++;
    return claims.map(tokenOf);
  }

  async probe(): Promise<Probe> {
    if (this.broken !== undefined) throw new StoreUnavailable(this.broken);
    this.#failed = undefined;
    return 'works';
  }

  async *readImage(id: string): AsyncGenerator<ImagePart, void, void> {
    const found = this.disk.read().ledgers.find((one) => one.id === id);
    if (!found) throw new Error(`ledger ${id} is not hosted here`);
    const { position } = this.disk.ledger(id).image();
    yield* imagePartsOf({ position, ledger: found.ledger }, 100);
  }

  async gaps(): Promise<HistoryGap[]> {
    return [...this.disk.gaps];
  }

  async fillHistory(query: HistoryPage & { gap: number }): Promise<StoredEvent[]> {
    const rows = query.docs.map((doc) => JSON.parse(doc) as HistoryRow);
    return this.disk.fill(query.gap, rows, query);
  }

  async readHistory(query: HistoryQuery) {
    const { rows, ...range } = this.disk.ledger(query.ledger).readHistory(query);
    return { docs: rows.map((row) => JSON.stringify(row)), ...range };
  }

  async readJournal(query: Parameters<Store['readJournal']>[0]): Promise<RecordedEvent[]> {
    return this.disk.events
      .filter(({ ledger, server }) => ledger === null && server === query.server)
      .filter(({ sequence }) => sequence > query.after)
      .sort((a, b) => a.sequence - b.sequence)
      .slice(0, query.limit);
  }

  usageReport(): never {
    throw new Error('not for this test');
  }

  async usageRecords(): Promise<never[]> {
    return [];
  }

  async denials(): Promise<never[]> {
    return [];
  }

  async events(): Promise<StoredEvent[]> {
    return this.disk.events.toReversed();
  }

  async storeBoot(): Promise<void> {
    return;
  }

  async boundHistory(): Promise<void> {
    return;
  }

  async pruneHistory() {
    const none = { count: 0, bytes: 0 };
    return { pruned: 0, sizes: { usage: none, events: none } };
  }

  async close(): Promise<void> {
    return;
  }
}

/** What a token of this store looks like. */
export function tokenOf({ lease, exp }: TokenClaims): string {
  return `${lease}@${exp}`;
}
