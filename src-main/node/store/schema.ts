import { DatabaseSync } from 'node:sqlite';
import { compareTables } from './compare-tables.ts';
import { settleTotal } from './content-total.ts';
import { historySizeTable } from './history-bounds.ts';
import { migrateProgress, progressTable } from './progress.ts';
import { rowSum } from './row-sum.ts';
import { migrateToSpells } from './migrate-to-spells.ts';
import { type LedgerOwner, migrateSingleLedger } from './migrate-single-ledger.ts';

/** "Und1" in ASCII: tells a ledger from any other SQLite file. */
export const applicationId = 0x556e6431;

/** Version of the tables below. A file of a higher one is left alone. */
export const schemaVersion = 6;

/** The first schema in which a file has the ledgers of several servers. */
export const sharedSchemaVersion = 2;

// `ledger` in every table is the key of the first one. `sequence` is the number of a record in the
// spell of its ledger, or in its journal; `local` its number by arrival in this file, which is never
// used again. The time in which a ledger is kept as a log is one spell, `0.`.
const usageTable = `
  CREATE TABLE usage (
    local INTEGER PRIMARY KEY AUTOINCREMENT,
    ledger INTEGER NOT NULL,
    spell TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    -- How far the life of the lease was: of several ends of one, the highest counts. Of the time as a
    -- log: 0, or -1 where the lease ended once more (history-rows.ts).
    rank INTEGER NOT NULL,
    -- Null: a denial.
    lease TEXT,
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
    doc TEXT NOT NULL,
    UNIQUE (ledger, spell, sequence)
  );
  CREATE INDEX usage_by_end ON usage (kind, ended);
  CREATE INDEX usage_by_user ON usage (user, started) WHERE kind = 'session';
  CREATE INDEX usage_by_lease ON usage (lease) WHERE lease IS NOT NULL;
`;

const eventsIndex = `
  CREATE UNIQUE INDEX events_of_ledger ON events (ledger, spell, sequence)
    WHERE ledger IS NOT NULL;
`;

const rowsTable = `
  -- What is united under "continuity". A ledger is kept so when it has the row of its configuration;
  -- kept as a log it has at most its former spells here.
  CREATE TABLE rows (
    ledger INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    -- See row-sum.ts.
    sum INTEGER NOT NULL,
    PRIMARY KEY (ledger, kind, id)
  ) WITHOUT ROWID;
`;

const gapsTable = `
  -- Records of usage and events that are not here yet, both ends included.
  CREATE TABLE gaps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ledger INTEGER NOT NULL,
    kind TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    spell TEXT NOT NULL
  );
`;

const bootTable = `
  -- One row: the start of the server that opened this file last (protocol section 3b).
  CREATE TABLE boot (name TEXT NOT NULL);
`;

const tables = `
  CREATE TABLE ledgers (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- 0: dropped; its usage and events are still here, and "config" says in which version it was taken
    -- from this server.
    hosted INTEGER NOT NULL,
    term_number INTEGER NOT NULL,
    term_member TEXT NOT NULL,
    base_index INTEGER NOT NULL,
    base_number INTEGER NOT NULL,
    base_member TEXT NOT NULL,
    witnessed_index INTEGER NOT NULL,
    witnessed_number INTEGER NOT NULL,
    witnessed_member TEXT NOT NULL,
    sync_set TEXT NOT NULL,
    config TEXT NOT NULL,
    meta TEXT,
    -- Of the start that led in the term; null: the ledger is kept as a log.
    term_boot TEXT
  );
${rowsTable}${bootTable}  -- The tables down to "ended" are of ledgers that are kept as logs.
  CREATE TABLE log (
    ledger INTEGER NOT NULL,
    position INTEGER NOT NULL,
    number INTEGER NOT NULL,
    member TEXT NOT NULL,
    -- The changes as a JSON array.
    doc TEXT NOT NULL,
    UNIQUE (ledger, position)
  );
  CREATE TABLE leases (
    ledger INTEGER NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (ledger, id)
  ) WITHOUT ROWID;
  CREATE TABLE licenses (
    ledger INTEGER NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (ledger, id)
  ) WITHOUT ROWID;
  CREATE TABLE vendors (
    ledger INTEGER NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (ledger, id)
  ) WITHOUT ROWID;
  -- Leases that had ended when an image was taken, and those with long-lived tokens; other ends are
  -- in usage. No token is valid after "at".
  CREATE TABLE ended (
    ledger INTEGER NOT NULL, lease TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (ledger, lease)
  );
${usageTable}  CREATE TABLE events (
    local INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Either the ledger or, of a journal, its server.
    ledger INTEGER,
    journal TEXT,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    severity TEXT NOT NULL,
    doc TEXT NOT NULL,
    -- Null: of a journal.
    spell TEXT
  );
${eventsIndex}  CREATE UNIQUE INDEX events_of_journal ON events (journal, sequence) WHERE journal IS NOT NULL;
  -- Highest sequence of every journal, also when that entry is no longer kept.
  CREATE TABLE journals (server TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
${gapsTable}  CREATE TABLE probe (id INTEGER PRIMARY KEY, filling BLOB NOT NULL);
`;

/** Tables that a start loads from. */
export const loadedTables = [
  'ledgers',
  'rows',
  'log',
  'leases',
  'licenses',
  'vendors',
  'ended',
  'journals',
  'gaps',
  'boot',
  'history_size',
  'progress',
] as const;

/** Those of them with indexes beside what they are kept in. */
export const indexedTables = ['ledgers', 'log', 'ended'] as const;

/**
 * Brings the tables to `schemaVersion` in one transaction; version 0 is an empty file. `owner` is
 * whom the one ledger of version 1 belonged to.
 *
 * @throws {Error} it is damaged, and left as it is once the connection is closed
 */
export function migrate(database: DatabaseSync, fromVersion: number, owner: LedgerOwner): void {
  if (fromVersion === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  if (fromVersion === 0) database.exec(tables);
  else if (fromVersion === 1) migrateSingleLedger(database, tables, owner);
  else {
    if (fromVersion === 2) migrateToSpells(database, { usageTable, eventsIndex, rowsTable });
    else if (fromVersion === 3) addSums(database);
    if (fromVersion < 4) database.exec(bootTable);
    makeGapsAnew(database);
  }
  if (fromVersion < 5) database.exec(historySizeTable);
  migrateProgress(database);
  const odd = findStrangeTable(database);
  if (odd !== null) throw new Error(odd);
  settleTotal(database);
  database.exec(`PRAGMA application_id = ${applicationId}`);
  database.exec(`PRAGMA user_version = ${schemaVersion}`);
  database.exec('COMMIT');
}

/** What the tables of a file of this version have that this version did not make, as `compareTables` says it. */
export function findStrangeTable(database: DatabaseSync): string | null {
  const fresh = new DatabaseSync(':memory:');
  try {
    fresh.exec(tables + historySizeTable + progressTable);
    return compareTables(database, fresh);
  } finally {
    fresh.close();
  }
}

/** Files that had format 2 once have a column with a default, which others do not have. */
function makeGapsAnew(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE gaps RENAME TO old_gaps;
    ${gapsTable}
    INSERT INTO gaps SELECT id, ledger, kind, first, last, spell FROM old_gaps;
    DROP TABLE old_gaps;
  `);
}

/** To the rows of version 3. */
function addSums(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE rows RENAME TO old_rows;
    ${rowsTable}
    INSERT INTO rows SELECT ledger, kind, id, doc, ${rowSum} FROM old_rows;
    DROP TABLE old_rows;
  `);
}

/** First column of the first row of a pragma, as a number. */
export function readNumber(database: DatabaseSync, pragma: string): number {
  const row = database.prepare(`PRAGMA ${pragma}`).get();
  return Number(Object.values(row ?? {})[0] ?? 0);
}
