import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { replaceFileSync } from '../../files/replace-file.ts';
import { privateFileMode } from '../base/own-files.ts';
import { describeSqliteFailure } from '../base/sqlite-failure.ts';
import { adoptLedgers } from './adopt-ledgers.ts';
import { addContentSum, isTotalRight, keepTotal } from './content-total.ts';
import { describeDamage } from './damage.ts';
import { FileWatch } from './file-watch.ts';
import { findLoss } from './find-loss.ts';
import { markFileOf, readMark } from './high-water-mark.ts';
import type { LedgerOwner } from './migrate-single-ledger.ts';
import { noteOpen, readProgress, type StoredProgress } from './progress.ts';
import { addRowSum } from './row-sum.ts';
import {
  applicationId,
  findStrangeTable,
  indexedTables,
  loadedTables,
  migrate,
  readNumber,
  schemaVersion,
} from './schema.ts';
import { syncDirectory } from './sync-directory.ts';
import { WorkerFailure } from './worker-message.ts';

const busyTimeoutMs = 5_000;

/** Up to this size a start checks every page of the file and every index, which takes some tens of milliseconds. */
const indexCheckBytesMax = 8 * 1024 * 1024;

/** Up to this size a start checks every page of the file, beyond it the tables it loads. */
const fullCheckBytesMax = 64 * 1024 * 1024;

/** A ledger file that is open for writing. */
export interface OpenLedger {
  database: DatabaseSync;
  progress: StoredProgress;
  /** Watches the file and its journal. */
  watch: FileWatch;
  /** What it lacks of what this server wrote (`findLoss`). */
  loss: string | null;
}

/**
 * Opens the ledger for writing: made anew when there is none, checked when there is one. `owner` is
 * whom a ledger of an older format, or of a former id, belongs to.
 *
 * @throws {WorkerFailure} damaged, newer, unusable
 */
export function openLedger(file: string, owner: LedgerOwner): OpenLedger {
  try {
    const isNew = !existsSync(file);
    const journal = statSync(`${file}-wal`, { throwIfNoEntry: false });
    if (isNew) createLedger(file, owner);
    const database = openChecked(file, owner);
    const progress = readProgress(database);
    const hadJournal = journal !== undefined && journal.size > 0;
    const mark = readMark(markFileOf(file));
    const loss = findLoss({ stored: isNew ? null : progress, hadJournal, mark });
    noteOpen(database);
    const watch = new FileWatch([file, `${file}-wal`]);
    return { database, progress, watch, loss };
  } catch (error) {
    if (error instanceof WorkerFailure) throw error;
    const { kind, text } = describeSqliteFailure(error);
    if (kind === 'damaged') throw damaged(file, text);
    throw new WorkerFailure(
      'unusable',
      `The ledger ${file} cannot be opened: ${text}. The account that runs Understudy must be able ` +
        'to write it, and the disk must have room.',
    );
  }
}

/** A second connection that cannot write, for long queries (WAL readers do not block writers). */
export function openForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  addRowSum(database);
  return database;
}

/** The failure for a ledger that cannot be read. */
export function damaged(file: string, cause: string): WorkerFailure {
  return new WorkerFailure('damaged', describeDamage(file, cause));
}

// Made under another name first, so that a ledger under its own name is always a whole one.
function createLedger(file: string, owner: LedgerOwner): void {
  if (existsSync(`${file}-wal`)) {
    throw damaged(file, `it is missing, but its journal ${file}-wal is there`);
  }
  const fresh = `${file}.new`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(fresh + suffix, { force: true });
  // Made empty first: the journals of a database take over the permissions of its file.
  closeSync(openSync(fresh, 'wx', privateFileMode));
  const database = new DatabaseSync(fresh);
  try {
    database.exec('PRAGMA synchronous = FULL');
    addSums(database);
    migrate(database, 0, owner);
  } finally {
    database.close();
  }
  replaceFileSync(fresh, file);
  syncDirectory(dirname(file));
}

function openChecked(file: string, owner: LedgerOwner): DatabaseSync {
  if (statSync(file).size === 0) throw damaged(file, 'it is empty');
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  addSums(database);
  try {
    const version = checkKind(database, file);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    unlessDamaged(file, () => {
      if (version === schemaVersion) checkTables(database, file);
      checkPages(database, file, version);
      migrate(database, version, owner);
      if (!isTotalRight(database))
        throw damaged(file, 'what is in it is not what was written last');
      keepTotal(database);
      adoptLedgers(database, owner);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkKind(database: DatabaseSync, file: string): number {
  const version = readNumber(database, 'user_version');
  if (readNumber(database, 'application_id') !== applicationId || version < 1) {
    throw damaged(file, 'it is not a ledger of Understudy');
  }
  if (version > schemaVersion) {
    throw new WorkerFailure(
      'newer',
      `The ledger ${file} was written by a newer version of Understudy (format ${version}, this ` +
        `version knows ${schemaVersion}). Install that version again; the ledger was left as it is.`,
    );
  }
  return version;
}

function addSums(database: DatabaseSync): void {
  addRowSum(database);
  addContentSum(database);
}

// A file that SQLite finds whole can still hold what no version ever wrote.
function unlessDamaged(file: string, takeOver: () => void): void {
  try {
    takeOver();
  } catch (error) {
    if (error instanceof WorkerFailure) throw error;
    const { kind, text } = describeSqliteFailure(error);
    if (kind === 'other') throw damaged(file, `its content cannot be taken over: ${text}`);
    throw error;
  }
}

function checkTables(database: DatabaseSync, file: string): void {
  const finding = findStrangeTable(database);
  if (finding !== null) throw damaged(file, finding);
}

function checkPages(database: DatabaseSync, file: string, version: number): void {
  for (const check of checksFor(statSync(file).size, version)) {
    const row = database.prepare(`PRAGMA ${check}`).get();
    const finding = String(Object.values(row ?? {})[0]);
    if (finding !== 'ok') throw damaged(file, finding.split('\n')[0] ?? finding);
  }
}

/** Both look at every page; only the first one looks whether the indexes have what their tables have. */
function checksFor(bytes: number, version: number): string[] {
  const withIndexes = (tables: readonly string[]) => tables.map((of) => `integrity_check(${of})`);
  if (bytes <= indexCheckBytesMax) return ['integrity_check'];
  const all = bytes <= fullCheckBytesMax || version !== schemaVersion;
  // A table without an index of its own takes no longer with the first one than with the other.
  return all ? ['quick_check', ...withIndexes(indexedTables)] : withIndexes(loadedTables);
}
