import type { DatabaseSync } from 'node:sqlite';
import type { TokenClaims } from '../../../../src-shared/contract/client-api.ts';
import { endedLeasesMax } from '../../core/ledger.ts';
import { describeSqliteFailure } from '../sqlite-failure.ts';
import { damaged, openLedger } from './open-ledger.ts';
import { prepareBatchWriter } from './write-batch.ts';
import { type PackedChanges, WorkerFailure, type WorkerResults } from './worker-message.ts';

/** The one connection that writes. Every call is a whole transaction. */
export interface Writer {
  load(): WorkerResults['load'];
  loadLeases(afterId: string, limit: number): string[];
  commit(changes: PackedChanges, claims: TokenClaims[]): string[];
  probe(): void;
  pruneUsage(beforeMs: number, rowsMax: number): number;
  close(): void;
}

/** Timeline entries that a start loads: as many as a snapshot carries. */
const recentEventsMax = 50;

/** Room that a disk must have to count as working again: more than a usual batch takes. */
const probeBytes = 256 * 1024;

/** @throws {WorkerFailure} damaged, newer, unusable */
export function openWriter(file: string, sign: (claims: TokenClaims) => string): Writer {
  const database = openLedger(file);
  const writeBatch = prepareBatchWriter(database);
  const fill = database.prepare(`INSERT OR REPLACE INTO probe VALUES (1, zeroblob(${probeBytes}))`);
  const clear = database.prepare('DELETE FROM probe');
  const prune = database.prepare(
    'DELETE FROM usage WHERE sequence IN (SELECT sequence FROM usage ' +
      'WHERE kind = ? AND ended < ? LIMIT ?)',
  );
  const inTransaction = <T>(work: () => T): T => runTransaction(database, file, work);
  return {
    load: () => load(database, file),
    loadLeases: (afterId, limit) =>
      readDocs(database, file, 'leases WHERE id > ? ORDER BY id LIMIT ?', afterId, limit),
    commit: (changes, claims) =>
      inTransaction(() => {
        writeBatch(changes);
        // Signed before the commit: once it is durable nothing can fail any more.
        return claims.map(sign);
      }),
    // Two transactions: what is made and dropped in one never reaches the disk.
    probe: () => {
      inTransaction(() => void fill.run());
      inTransaction(() => void clear.run());
    },
    pruneUsage: (beforeMs, rowsMax) =>
      inTransaction(() => {
        const sessions = Number(prune.run('session', beforeMs, rowsMax).changes);
        return sessions + Number(prune.run('denial', beforeMs, rowsMax - sessions).changes);
      }),
    close: () => database.close(),
  };
}

function runTransaction<T>(database: DatabaseSync, file: string, work: () => T): T {
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw describeFailure(error, file);
  }
}

function describeFailure(error: unknown, file: string): WorkerFailure {
  const { kind, text } = describeSqliteFailure(error);
  const say = (what: string) => new WorkerFailure('unavailable', what);
  switch (kind) {
    case 'full':
      return say(`the disk that holds ${file} is full. Make room on it`);
    case 'readOnly':
      return say(`${file} is read-only. Make it writable for the account that runs Understudy`);
    case 'busy':
      return say(`another program has locked ${file}. Close it`);
    case 'damaged':
      return say(`${file} is damaged (${text}). Stop the server and put a backup in its place`);
    case 'inputOutput':
      return say(`writing to ${file} failed (${text}). Check the disk`);
    case 'other':
      return new WorkerFailure('internal', error instanceof Error ? (error.stack ?? text) : text);
  }
}

function load(database: DatabaseSync, file: string): WorkerResults['load'] {
  const docs = (from: string) => readDocs(database, file, from);
  return {
    meta: docs('meta')[0] ?? null,
    licenses: docs('licenses'),
    vendors: docs('vendors'),
    ended: loadEnded(database, file),
    recentEvents: docs(`events ORDER BY sequence DESC LIMIT ${recentEventsMax}`).reverse(),
  };
}

function readDocs(
  database: DatabaseSync,
  file: string,
  from: string,
  ...values: (string | number)[]
): string[] {
  try {
    const rows = database.prepare(`SELECT doc FROM ${from}`).all(...values);
    return rows.map((row) => String(row['doc']));
  } catch (error) {
    throw damaged(file, describeSqliteFailure(error).text);
  }
}

/** Longest life of an ordinary lease's token: none that ended before is of any use. */
const tokenLifeMsMax = 86_400_000;

/** Leases that were returned or released so lately that a token of theirs can still be valid. */
function loadEnded(database: DatabaseSync, file: string): string[] {
  const from =
    "(SELECT doc ->> 'leaseId' AS doc FROM usage WHERE kind = 'session' AND ended > " +
    "(SELECT doc ->> 'wallHighMs' FROM meta) - ? AND doc ->> 'end' <> 'expired' " +
    'ORDER BY ended DESC LIMIT ?)';
  return readDocs(database, file, from, tokenLifeMsMax, endedLeasesMax).reverse();
}
