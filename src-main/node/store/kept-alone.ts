import { existsSync } from 'node:fs';
import { keptAlone } from './adopt-ledgers.ts';
import { openForReading } from './open-ledger.ts';
import { readNumber, sharedSchemaVersion } from './schema.ts';

/**
 * Whether this server keeps every ledger alone, so that it can become another server. False as well
 * when the file cannot be read: a start tells what is wrong with it.
 */
export function keepsLedgersAlone(file: string): boolean {
  if (!existsSync(file)) return true;
  try {
    const database = openForReading(file);
    try {
      // A file of an older format has one ledger, of this server alone.
      if (readNumber(database, 'user_version') < sharedSchemaVersion) return true;
      const shared = `SELECT 1 FROM ledgers WHERE hosted = 1 AND NOT (${keptAlone}) LIMIT 1`;
      return database.prepare(shared).get() === undefined;
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}
