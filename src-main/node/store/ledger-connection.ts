import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { replaceFileSync } from '../../files/replace-file.ts';
import { describeSqliteFailure } from '../base/sqlite-failure.ts';
import { copyDatabase } from './copy-database.ts';
import type { FileFault } from './file-watch.ts';
import { HighWaterMark, markFileOf } from './high-water-mark.ts';
import type { LedgerOwner } from './migrate-single-ledger.ts';
import { openForReading, openLedger } from './open-ledger.ts';
import { noteClosed, readProgress } from './progress.ts';
import { syncDirectory } from './sync-directory.ts';
import { WorkerFailure } from './worker-message.ts';

type InTransaction = <T>(work: () => T) => T;

/** A ledger file that is open for writing, and what is known of how far it is. */
export interface LedgerConnection {
  readonly database: DatabaseSync;
  /** What the file lacked when it was opened (`findLoss`). */
  readonly loss: string | null;
  /**
   * Does work as a whole or not at all. A file that was replaced or cut is noticed within 20 ms of writing.
   *
   * @throws {WorkerFailure} unavailable: nothing was written
   */
  inTransaction: InTransaction;
  /** A transaction, as above, of what must not be lost: it is counted in the file and in its mark. */
  inCountedTransaction: InTransaction;
  /** From now on the mark beside the file says how far it is. */
  beginMark(): void;
  /** @throws {WorkerFailure} unavailable: the file is no longer the one that is open */
  check(): void;
  /**
   * Whether the file or its journal was deleted, though all of it is still open here, and can be written
   * anew by `rewrite`.
   */
  isDeleted(): boolean;
  /**
   * Puts a new file with all that is in the open one in the place of the deleted one, and ends this
   * connection.
   *
   * @throws {WorkerFailure} unavailable: nothing was put there, and this connection is not ended
   */
  rewrite(): void;
  close(): void;
}

/** @throws {WorkerFailure} damaged, newer, unusable */
export function openConnection(file: string, owner: LedgerOwner): LedgerConnection {
  const { database, progress, watch, loss } = openLedger(file, owner);
  let { number } = progress;
  const accept = (fault: FileFault | null) => {
    if (!fault) return;
    if (fault.kind === 'cut' && isWhole(file, number)) watch.accept();
    else throw new WorkerFailure('unavailable', describeFault(fault));
  };
  const inTransaction = <T>(work: () => T): T => {
    accept(watch.checkNowAndThen());
    return runTransaction(database, file, work);
  };
  const setNumber = database.prepare('UPDATE progress SET number = ?');
  let mark: HighWaterMark | undefined;
  return {
    database,
    loss,
    check: () => accept(watch.check()),
    inTransaction,
    inCountedTransaction: (work) => {
      const result = inTransaction(() => {
        setNumber.run(number + 1);
        return work();
      });
      number += 1;
      mark?.note(number);
      return result;
    },
    beginMark: () => {
      mark?.close();
      mark = new HighWaterMark(markFileOf(file), { ...progress, number });
    },
    isDeleted: () => watch.check()?.kind === 'deleted',
    rewrite: () => {
      const fresh = copyWhole(database, file);
      mark?.close();
      database.close();
      for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
      replaceFileSync(fresh, file);
      syncDirectory(dirname(file));
    },
    close: () => {
      mark?.close();
      if (watch.check() === null) closeWhole(database);
      database.close();
    },
  };
}

/** A disk that cannot be written keeps no server from its end: the mark says what there is. */
function closeWhole(database: DatabaseSync): void {
  try {
    noteClosed(database);
  } catch {
    // Without that note the file says that it is in use, and is whole with its journal.
  }
}

/** Writes what is in the open database to a file beside it; returns its path. */
function copyWhole(database: DatabaseSync, file: string): string {
  const fresh = `${file}.new`;
  try {
    rmSync(fresh, { force: true });
    copyDatabase(database, fresh);
    return fresh;
  } catch (error) {
    throw describeFailure(error, file);
  }
}

/** Whether a file that got shorter still has every page, and every write, for whoever opens it anew. */
function isWhole(file: string, number: number): boolean {
  try {
    const database = openForReading(file);
    try {
      const row = database.prepare('PRAGMA quick_check(1)').get();
      const isSound = Object.values(row ?? {})[0] === 'ok';
      return isSound && readProgress(database).number === number;
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}

/** The message ends without a full stop, as those of other failures of the store do. */
function describeFault({ kind, text }: FileFault): string {
  const remedy =
    kind === 'replaced'
      ? 'Stop the server, put back the file that was there or restore a backup, and start it again'
      : kind === 'deleted'
        ? 'What is open of it is being written anew'
        : 'Start the server again: it then says what is missing';
  return `${text}. ${remedy}`;
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
      return say(`${file} is damaged (${text}). Stop the server and restore a backup`);
    case 'inputOutput':
      return say(`writing to ${file} failed (${text}). Check the disk`);
    case 'other':
      return new WorkerFailure('internal', error instanceof Error ? (error.stack ?? text) : text);
  }
}
