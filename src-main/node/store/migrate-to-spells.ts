import type { DatabaseSync } from 'node:sqlite';

/**
 * Takes a file of version 2, which knew ledgers as logs alone, into the present tables: its history
 * is that of the time as a log. How a ledger is kept is not altered by it.
 *
 * @throws {Error} it is damaged
 */
export function migrateToSpells(
  database: DatabaseSync,
  {
    usageTable,
    eventsIndex,
    rowsTable,
  }: Record<'usageTable' | 'eventsIndex' | 'rowsTable', string>,
): void {
  database.exec(`
    ALTER TABLE ledgers ADD COLUMN term_boot TEXT;
    ${rowsTable}
    ALTER TABLE gaps ADD COLUMN spell TEXT NOT NULL DEFAULT '0.';
    ALTER TABLE events ADD COLUMN spell TEXT;
    UPDATE events SET spell = '0.' WHERE ledger IS NOT NULL;
    DROP INDEX events_of_ledger;
    ${eventsIndex}
    DROP INDEX usage_by_end;
    DROP INDEX usage_by_user;
    ALTER TABLE usage RENAME TO old_usage;
    ${usageTable}
    INSERT INTO usage SELECT local, ledger, '0.', sequence, 0, doc ->> 'leaseId', kind, license,
      product, feature, units, user, host, started, ended, times, doc FROM old_usage ORDER BY local;
    UPDATE sqlite_sequence SET seq = (SELECT max(seq) FROM sqlite_sequence
      WHERE name IN ('usage', 'old_usage')) WHERE name = 'usage';
    INSERT INTO sqlite_sequence SELECT 'usage', seq FROM sqlite_sequence
      WHERE name = 'old_usage' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'usage');
    DROP TABLE old_usage;
  `);
}
