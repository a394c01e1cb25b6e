import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Progress } from './high-water-mark.ts';

/** How far a file is, as it says itself. */
export interface StoredProgress extends Progress {
  /** The file was in use and not closed since, so that the journal beside it belongs to it. */
  open: boolean;
}

export const progressTable = `
  CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    database TEXT NOT NULL,
    number INTEGER NOT NULL,
    open INTEGER NOT NULL,
    -- See content-total.ts.
    total INTEGER NOT NULL
  );
`;

/** Gives a file of an earlier format, which may have a table without the total, an id if it has none. */
export function migrateProgress(database: DatabaseSync): void {
  const hasOne = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'progress'";
  if (database.prepare(hasOne).get()) {
    database.exec(`
      ALTER TABLE progress RENAME TO old_progress;
      ${progressTable}
      INSERT INTO progress SELECT id, database, number, open, 0 FROM old_progress;
      DROP TABLE old_progress;
    `);
  } else database.exec(progressTable);
  database
    .prepare('INSERT OR IGNORE INTO progress VALUES (1, ?, 0, 0, 0)')
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

/** Of a copy, which is whole without a journal. */
export function forgetOpen(database: DatabaseSync): void {
  database.exec('UPDATE progress SET open = 0');
}
