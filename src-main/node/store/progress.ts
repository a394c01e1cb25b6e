import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Progress } from './high-water-mark.ts';

/** How far a file is, as it says itself. */
export interface StoredProgress extends Progress {
  /** The file was in use and not closed since, so that the journal beside it belongs to it. */
  open: boolean;
}

// Not a part of the numbered formats: an earlier version neither reads nor alters it, and leaves a file
// that says less than it has.
const table = `
  CREATE TABLE IF NOT EXISTS progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    database TEXT NOT NULL,
    number INTEGER NOT NULL,
    open INTEGER NOT NULL
  )
`;

/** Gives a file that has none an id and the number 0. */
export function prepareProgress(database: DatabaseSync): void {
  database.exec(table);
  database
    .prepare('INSERT OR IGNORE INTO progress VALUES (1, ?, 0, 0)')
    .run(randomBytes(16).toString('hex'));
}

export function readProgress(database: DatabaseSync): StoredProgress {
  const row = database.prepare('SELECT database, number, open FROM progress').get() ?? {};
  return {
    database: String(row['database']),
    number: Number(row['number']),
    open: row['open'] === 1,
  };
}

/** From now on the file is whole with its journal only; in the file itself when this returns. */
export function noteOpen(database: DatabaseSync): void {
  database.exec('UPDATE progress SET open = 1');
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

/**
 * The file is about to be closed, and whole without its journal then. The checkpoint makes room in the
 * journal, for a disk that has none left.
 */
export function noteClosed(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  database.exec('UPDATE progress SET open = 0');
}

/** Of a copy, which is whole without a journal. A file of an earlier version has no such note. */
export function forgetOpen(database: DatabaseSync): void {
  prepareProgress(database);
  database.exec('UPDATE progress SET open = 0');
}
