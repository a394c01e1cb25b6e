import type { DatabaseSync } from 'node:sqlite';

/** "Und1" in ASCII: tells a ledger from any other SQLite file. */
export const applicationId = 0x556e6431;

/** Version of the tables below. A file of a higher one is left alone. */
export const schemaVersion = 1;

const version1 = `
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), doc TEXT NOT NULL);
  CREATE TABLE leases (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE licenses (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE vendors (key_id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE usage (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    license TEXT,
    product TEXT,
    feature TEXT NOT NULL,
    units INTEGER NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    times INTEGER NOT NULL,
    doc TEXT NOT NULL
  );
  CREATE INDEX usage_by_end ON usage (kind, ended);
  CREATE INDEX usage_by_user ON usage (user, started) WHERE kind = 'session';
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    severity TEXT NOT NULL,
    doc TEXT NOT NULL
  );
  CREATE TABLE probe (id INTEGER PRIMARY KEY, filling BLOB NOT NULL);
`;

/** Steps from each schema version to the next; a new file takes them all. */
const migrations: readonly string[] = [version1];

/** Brings the tables to `schemaVersion` in one transaction. */
export function migrate(database: DatabaseSync, fromVersion: number): void {
  if (fromVersion === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  for (const step of migrations.slice(fromVersion)) database.exec(step);
  database.exec(`PRAGMA application_id = ${applicationId}`);
  database.exec(`PRAGMA user_version = ${schemaVersion}`);
  database.exec('COMMIT');
}

/** First column of the first row of a pragma, as a number. */
export function readNumber(database: DatabaseSync, pragma: string): number {
  const row = database.prepare(`PRAGMA ${pragma}`).get();
  return Number(Object.values(row ?? {})[0] ?? 0);
}
