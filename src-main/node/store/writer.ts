import type { DatabaseSync } from 'node:sqlite';
import { historyKindOf, prepareHistoryGaps } from './history-gaps.ts';
import type { HistoryBounds, HistoryGap } from './store.ts';
import { prepareHistoryPruning } from './history-bounds.ts';
import { describeSqliteFailure } from '../base/sqlite-failure.ts';
import {
  describeLedger,
  ledgerRows,
  readDocs,
  readEvents,
  readGaps,
  readLog,
  readRows,
  droppedRows,
} from './ledger-rows.ts';
import type { LedgerOwner } from './migrate-single-ledger.ts';
import { type LedgerConnection, openConnection } from './ledger-connection.ts';
import { damaged } from './open-ledger.ts';
import { operation, type PackedWrites } from './operation.ts';
import { prepareBatchWriter } from './write-batch.ts';
import {
  type LogRow,
  type RowDoc,
  WorkerFailure,
  type WorkerRequest,
  type WorkerResults,
} from './worker-message.ts';
import { storeFault } from './store-fault.ts';

/** The one connection that writes. Every call but `addPart` is a whole transaction. */
export interface Writer extends Omit<
  LedgerConnection,
  'database' | 'inTransaction' | 'inCountedTransaction'
> {
  load(): WorkerResults['load'];
  loadLeases(ledger: string, afterId: string, limit: number): string[];
  loadLeaseRows(ledger: string, afterId: string, limit: number): RowDoc[];
  loadLog(ledger: string, afterIndex: number, bytesMax: number): LogRow[];
  /** Keeps the beginning of the batch with this number. */
  addPart(batch: number, writes: PackedWrites): void;
  commit(request: CommitRequest): WorkerResults['commit'];
  storeBoot(boot: string): void;
  probe(): void;
  boundHistory(bounds: HistoryBounds): void;
  pruneHistory(beforeMs: number | null, rowsMax: number): WorkerResults['pruneHistory'];
  gaps(): HistoryGap[];
  fillGap(gap: number, from: number, upTo: number, writes: PackedWrites): number[] | null;
}

/** Timeline entries that a start loads: as many as a snapshot carries. */
const recentEventsMax = 50;

/** Room that a disk must have to count as working again: more than a usual batch takes. */
const probeBytes = 256 * 1024;

/** @throws {WorkerFailure} damaged, newer, unusable */
export function openWriter(file: string, owner: LedgerOwner): Writer {
  const connection = openConnection(file, owner);
  const { database, inTransaction } = connection;
  const reading = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw damaged(file, describeSqliteFailure(error).text);
    }
  };
  const fill = database.prepare(`INSERT OR REPLACE INTO probe VALUES (1, zeroblob(${probeBytes}))`);
  const clear = database.prepare('DELETE FROM probe');
  return {
    load: () => reading(() => load(database)),
    ...connection,
    loadLeases: (ledger, afterId, limit) =>
      reading(() =>
        readDocs(
          database,
          'SELECT doc FROM leases WHERE ledger = (SELECT key FROM ledgers WHERE id = ?) ' +
            'AND id > ? ORDER BY id LIMIT ?',
          ledger,
          afterId,
          limit,
        ),
      ),
    loadLeaseRows: (ledger, afterId, limit) =>
      reading(() =>
        readRows(
          database,
          "ledger = (SELECT key FROM ledgers WHERE id = ?) AND kind = 'lease' AND id > ? " +
            'ORDER BY id LIMIT ?',
          ledger,
          afterId,
          limit,
        ),
      ),
    loadLog: (ledger, afterIndex, bytesMax) =>
      reading(() => readLog(database, ledger, afterIndex, bytesMax)),
    ...prepareWrites(connection),
    storeBoot: (boot) =>
      inTransaction(() => {
        database.exec('DELETE FROM boot');
        database.prepare('INSERT INTO boot VALUES (?)').run(boot);
      }),
    // Two transactions: what is made and dropped in one never reaches the disk.
    probe: () => {
      inTransaction(() => void fill.run());
      inTransaction(() => void clear.run());
    },
    gaps: () => readGaps(database),
  };
}

/** Rows beyond a bound that a write drops at most: more than it adds, and done in some milliseconds. */
const prunedByWriteMax = 1_000;

type CommitRequest = Extract<WorkerRequest, { type: 'commit' }>;

function prepareWrites({
  database,
  inTransaction: inUncounted,
  inCountedTransaction: inTransaction,
}: LedgerConnection): Pick<
  Writer,
  'addPart' | 'commit' | 'fillGap' | 'boundHistory' | 'pruneHistory'
> {
  const batchWriter = prepareBatchWriter(database);
  const pruning = prepareHistoryPruning(database);
  let bounds: HistoryBounds | undefined;
  let parts: { batch: number; writes: PackedWrites }[] = [];
  let broken: { epoch: number; message: string } | null = null;
  const write = (packed: readonly PackedWrites[]): number[] => {
    try {
      for (const part of packed) batchWriter.write(part);
      const locals = batchWriter.finish();
      if (bounds) pruning.keepBounds(bounds, prunedByWriteMax);
      return locals;
    } catch (error) {
      batchWriter.forget();
      throw error;
    }
  };
  const findGap = database.prepare(
    'SELECT ledgers.id AS ledger, ledgers.key AS key, kind, spell FROM gaps ' +
      'JOIN ledgers ON ledgers.key = gaps.ledger WHERE gaps.id = ?',
  );
  const gaps = prepareHistoryGaps(database);
  return {
    addPart: (batch, writes) => {
      // Parts of another batch are left over: it was given up half-way.
      parts = parts.filter((part) => part.batch === batch);
      parts.push({ batch, writes });
    },
    commit: ({ batch, epoch, writes }) => {
      const before = parts.filter((part) => part.batch === batch);
      const whole = [...before.map((part) => part.writes), writes];
      parts = [];
      // What was given before the failure was known builds on what was not written.
      if (broken && epoch <= broken.epoch) throw new WorkerFailure('unavailable', broken.message);
      try {
        return inTransaction(() => write(whole));
      } catch (error) {
        const expected = error instanceof WorkerFailure && error.kind === 'unavailable';
        const message = expected ? error.message : storeFault;
        broken = { epoch, message };
        throw error;
      }
    },
    boundHistory: (next) => {
      bounds = next;
    },
    pruneHistory: (beforeMs, rowsMax) =>
      inUncounted(() => {
        let pruned = bounds ? pruning.keepBounds(bounds, rowsMax) : 0;
        if (beforeMs !== null) pruned += pruning.dropBefore(beforeMs, rowsMax);
        if (beforeMs !== null && pruned === 0) pruning.dropEnded();
        return { pruned, sizes: pruning.sizes() };
      }),
    fillGap: (gap, from, upTo, writes) =>
      inTransaction(() => {
        const row = findGap.get(gap);
        if (!row) return null;
        const locals = write([[operation.ledger, String(row['ledger'])], writes]);
        const kind = historyKindOf(row['kind']);
        const series = { ledger: Number(row['key']), spell: String(row['spell']), kind };
        gaps.close(series, from, upTo);
        return locals;
      }),
  };
}

function load(database: DatabaseSync): WorkerResults['load'] {
  const journals = database.prepare('SELECT server, sequence FROM journals').all();
  return {
    ledgers: ledgerRows(database).map((row) => describeLedger(database, row)),
    dropped: droppedRows(database).map((row) => ({
      id: String(row['id']),
      doc: String(row['config']),
    })),
    journal: Object.fromEntries(
      journals.map((row) => [String(row['server']), Number(row['sequence'])]),
    ),
    recentEvents: readEvents(database, 'ORDER BY local DESC LIMIT ?', [recentEventsMax]).reverse(),
    gaps: readGaps(database),
    boot: readBoot(database),
  };
}

function readBoot(database: DatabaseSync): string | null {
  const row = database.prepare('SELECT name FROM boot').get();
  return row === undefined ? null : String(row['name']);
}
