import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { operation, usageColumnCount } from './pack-changes.ts';
import type { PackedChanges } from './worker-message.ts';

/** Newest timeline entries that are kept. */
export const eventsKeptMax = 100_000;

/** Old entries are dropped in portions of this many. */
const eventsPortion = 1_000;

type Apply = (packed: PackedChanges, at: number) => number;

/** Prepares the statements once; the result writes packed changes into the open transaction. */
export function prepareBatchWriter(database: DatabaseSync): (packed: PackedChanges) => void {
  const apply = prepareOperations(database);
  return (packed) => {
    for (let at = 0; at < packed.length;) {
      const name = packed[at];
      const run = apply[String(name)];
      if (!run) throw new Error(`unknown operation ${String(name)} in a batch`);
      at += 1 + run(packed, at + 1);
    }
  };
}

function prepareOperations(database: DatabaseSync): Record<string, Apply> {
  const values = (count: number) => Array(count).fill('?').join(',');
  const sql = (text: string) => database.prepare(text);
  const put = (table: string) => pair(sql(`INSERT OR REPLACE INTO ${table} VALUES (?,?)`));
  const drop = (table: string, key: string) => single(sql(`DELETE FROM ${table} WHERE ${key} = ?`));
  const putMeta = sql('INSERT OR REPLACE INTO meta VALUES (1,?)');
  const putEvent = sql('INSERT OR REPLACE INTO events VALUES (?,?,?,?)');
  const dropEvents = sql('DELETE FROM events WHERE sequence <= ?');
  const putUsage = sql(`INSERT OR REPLACE INTO usage VALUES (${values(usageColumnCount)})`);
  return {
    [operation.putMeta]: single(putMeta),
    [operation.putLease]: put('leases'),
    [operation.dropLease]: drop('leases', 'id'),
    [operation.putLicense]: put('licenses'),
    [operation.dropLicense]: drop('licenses', 'id'),
    [operation.putVendor]: put('vendors'),
    [operation.dropVendor]: drop('vendors', 'key_id'),
    [operation.putEvent]: (packed, at) => {
      const sequence = Number(packed[at]);
      putEvent.run(sequence, ...packed.slice(at + 1, at + 4));
      if (sequence % eventsPortion === 0) dropEvents.run(sequence - eventsKeptMax);
      return 4;
    },
    [operation.putUsage]: (packed, at) => {
      putUsage.run(...packed.slice(at, at + usageColumnCount));
      return usageColumnCount;
    },
  };
}

function single(statement: StatementSync): Apply {
  return (packed, at) => {
    statement.run(packed[at] ?? null);
    return 1;
  };
}

function pair(statement: StatementSync): Apply {
  return (packed, at) => {
    statement.run(packed[at] ?? null, packed[at + 1] ?? null);
    return 2;
  };
}
