import type { DatabaseSync } from 'node:sqlite';
import type { HistoryQuery } from './store.ts';
import { ledgerRow } from './ledger-rows.ts';

/**
 * Rows of a ledger's history in the order of its own sequence, and up to where they are all that
 * there are: to the next gap here, and never beyond what is durable.
 */
export function readHistory(
  database: DatabaseSync,
  query: HistoryQuery,
): { docs: string[]; upTo: number } {
  database.exec('BEGIN');
  try {
    return readPage(database, query);
  } finally {
    database.exec('COMMIT');
  }
}

function readPage(
  database: DatabaseSync,
  { ledger, kind, after, upTo, limit }: HistoryQuery,
): { docs: string[]; upTo: number } {
  const row = ledgerRow(database, ledger);
  const complete = row ? Math.min(upTo, lastKnown(database, Number(row['key']), kind, after)) : 0;
  if (!row || complete <= after) return { docs: [], upTo: after };
  const rows = database
    .prepare(
      `SELECT sequence, doc FROM ${kind} WHERE ledger = ? AND sequence > ? AND sequence <= ? ` +
        'ORDER BY sequence LIMIT ?',
    )
    .all(Number(row['key']), after, complete, limit);
  return {
    docs: rows.map(({ doc }) => String(doc)),
    upTo: rows.length < limit ? complete : Number(rows.at(-1)?.['sequence']),
  };
}

/** Highest sequence up to which nothing is missing after `after`. */
function lastKnown(
  database: DatabaseSync,
  key: number,
  kind: HistoryQuery['kind'],
  after: number,
): number {
  const figure = kind === 'usage' ? 'usageSequence' : 'eventSequence';
  const row = database
    .prepare(
      `SELECT meta ->> '${figure}' AS highest, (SELECT min(first) FROM gaps ` +
        'WHERE ledger = key AND kind = ? AND last > ?) AS gap FROM ledgers WHERE key = ?',
    )
    .get(kind, after, key);
  const gap = row?.['gap'] ?? null;
  return Math.min(Number(row?.['highest'] ?? 0), gap === null ? Infinity : Number(gap) - 1);
}
