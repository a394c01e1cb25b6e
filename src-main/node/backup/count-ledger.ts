import type { DatabaseSync } from 'node:sqlite';
import { keptAlone } from '../store/adopt-ledgers.ts';
import { readNumber } from '../store/schema.ts';
import type { BackupManifest } from './backup-format.ts';

/** What is in a ledger file, as the manifest of a backup says it. */
export function countLedger(
  database: DatabaseSync,
): Pick<BackupManifest, 'ledgerFormat' | 'licenses' | 'leases' | 'sharedLedgers'> {
  const count = (sql: string) => Number(database.prepare(sql).get()?.['count'] ?? 0);
  const inRows = (kind: string) =>
    count(
      `SELECT count(*) AS count FROM rows WHERE kind = '${kind}' AND doc -> '${kind}' <> 'null'`,
    );
  const inTable = (table: string) => count(`SELECT count(*) AS count FROM ${table}`);
  return {
    ledgerFormat: readNumber(database, 'user_version'),
    licenses: inTable('licenses') + inRows('license'),
    leases: inTable('leases') + inRows('lease'),
    sharedLedgers: count(
      `SELECT count(*) AS count FROM ledgers WHERE hosted = 1 AND NOT (${keptAlone})`,
    ),
  };
}
