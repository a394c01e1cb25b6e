import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/** Sums have 32 bits, and so has their total. */
const modulus = 2 ** 32;

/** What counts of each table that the total is over, but for `rows`, each of which has its sum. */
const summedColumns = {
  ledgers: [
    ...['key', 'id', 'hosted', 'term_number', 'term_member', 'term_boot'],
    ...['base_index', 'base_number', 'base_member'],
    ...['witnessed_index', 'witnessed_number', 'witnessed_member'],
    ...['sync_set', 'config', 'meta'],
  ],
  log: ['ledger', 'position', 'number', 'member', 'doc'],
  leases: ['ledger', 'id', 'doc'],
  // What counts of a licence is its vendor's signature, and one that fails is repaired by itself.
  licenses: ['ledger', 'id'],
  vendors: ['ledger', 'id', 'doc'],
  ended: ['ledger', 'lease', 'at'],
  journals: ['server', 'sequence'],
  gaps: ['id', 'ledger', 'kind', 'first', 'last', 'spell'],
  boot: ['name'],
  history_size: ['kind', 'count', 'bytes'],
} as const;

type SumOf = (row: string) => string;

/** By table, what a row adds to the total; `row` is `NEW.`, `OLD.` or nothing. */
const sums: readonly (readonly [table: string, sumOf: SumOf])[] = [
  // A row of another ledger adds something else, for which an odd factor loses nothing.
  ['rows', (row) => `${row}sum * (2 * ${row}ledger + 1) % ${modulus}`],
  ...Object.entries(summedColumns).map(([table, columns]): [string, SumOf] => [
    table,
    (row) => {
      const values = columns.map((column) => row + column).join(', ');
      return `CAST(content_sum('${table}', ${values}) AS INTEGER)`;
    },
  ]),
];

/** Makes known to a connection what the functions below need. */
export function addContentSum(database: DatabaseSync): void {
  const sum = (...values: SQLInputValue[]) => crc32(JSON.stringify(values));
  database.function('content_sum', { deterministic: true, varargs: true }, sum);
}

const totalOfAll = `(${sums
  .map(([table, sumOf]) => `(SELECT coalesce(sum(${sumOf('')}), 0) FROM ${table})`)
  .join(' + ')}) % ${modulus}`;

/**
 * Whether the file has what was written to it, row by row and no row less or more: `progress` has the total of
 * their sums, in no order. A row that is gone, or an older one in its place, is sound for itself.
 */
export function isTotalRight(database: DatabaseSync): boolean {
  const row = database.prepare(`SELECT total = ${totalOfAll} AS right FROM progress`).get();
  return row?.['right'] === 1;
}

/** Takes what is in the file for what was written to it. */
export function settleTotal(database: DatabaseSync): void {
  database.exec(`UPDATE progress SET total = ${totalOfAll}`);
}

/**
 * From now on the total goes with every row that this connection writes, in its transaction. The triggers are
 * of the connection and not of the file, where they would hide what somebody else writes.
 */
export function keepTotal(database: DatabaseSync): void {
  // Without it what is replaced would not be taken off.
  database.exec('PRAGMA recursive_triggers = ON');
  for (const [table, sumOf] of sums) {
    const [added, gone] = [sumOf('NEW.'), `${modulus} - ${sumOf('OLD.')}`];
    const changes = { INSERT: added, DELETE: gone, UPDATE: `${gone} + ${added}` };
    for (const [change, difference] of Object.entries(changes)) {
      database.exec(
        `CREATE TEMP TRIGGER total_${change}_${table} AFTER ${change} ON ${table} BEGIN ` +
          `UPDATE progress SET total = (total + ${difference}) % ${modulus} WHERE id = 1; END`,
      );
    }
  }
}
