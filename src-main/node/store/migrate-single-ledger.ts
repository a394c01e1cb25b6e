import type { DatabaseSync } from 'node:sqlite';

/** Whose file it is: this server, and the configuration of a ledger of it alone, as JSON. */
export interface LedgerOwner {
  serverId: string;
  /** Whom it was before its key was replaced. */
  formerIds: readonly string[];
  config: string;
}

/**
 * Takes a file of version 1, which held one ledger without a log, into the present tables. The
 * ledger's log begins after a base that no empty log has, so that members that join get an image.
 *
 * @throws {Error} it is damaged
 */
export function migrateSingleLedger(
  database: DatabaseSync,
  tables: string,
  { serverId, config }: LedgerOwner,
): void {
  database.exec(`
    DROP INDEX usage_by_end;
    DROP INDEX usage_by_user;
    DROP TABLE probe;
  `);
  const old = ['meta', 'leases', 'licenses', 'vendors', 'usage', 'events'];
  for (const table of old) database.exec(`ALTER TABLE ${table} RENAME TO old_${table}`);
  database.exec(tables);
  const term = "CAST(doc ->> 'term' AS INTEGER)";
  database
    .prepare(
      `INSERT INTO ledgers SELECT 1, doc ->> 'id', 1, ${term}, $server, 1, ${term}, $server, ` +
        "0, 0, '', json_array($server), $config, doc, NULL FROM old_meta",
    )
    .run({ $server: serverId, $config: config });
  database.exec(`
    INSERT INTO leases SELECT 1, id, doc FROM old_leases;
    INSERT INTO licenses SELECT 1, id, doc FROM old_licenses;
    INSERT INTO vendors SELECT 1, key_id, doc FROM old_vendors;
    INSERT INTO usage SELECT sequence, 1, '0.', sequence, 0, doc ->> 'leaseId', kind, license, product,
      feature, units, user, host, started, ended, times, doc FROM old_usage ORDER BY sequence;
  `);
  database
    .prepare(
      'INSERT INTO events SELECT sequence, 1, NULL, sequence, at, severity, ' +
        "json_set(doc, '$.server', ?), '0.' FROM old_events ORDER BY sequence",
    )
    .run(serverId);
  for (const table of old) database.exec(`DROP TABLE old_${table}`);
}
