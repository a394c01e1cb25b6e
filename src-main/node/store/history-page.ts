import type { DatabaseSync } from 'node:sqlite';
import { logSpell, type SpellId } from '../core/rows/row.ts';
import type { HistoryQuery } from './store.ts';
import { ledgerRow } from './ledger-rows.ts';

/**
 * Rows of a spell's history in the order of their numbers, and up to where they are all that there
 * are: to the next gap here, and never beyond what is durable. A usage record carries its `rank`.
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

function readPage(database: DatabaseSync, query: HistoryQuery): { docs: string[]; upTo: number } {
  const { ledger, spell, kind, after, upTo, limit } = query;
  const row = ledgerRow(database, ledger);
  const complete = row ? Math.min(upTo, lastKnown(database, Number(row['key']), query)) : 0;
  if (!row || complete <= after) return { docs: [], upTo: after };
  const doc =
    kind === 'usage' ? "CASE rank WHEN 0 THEN doc ELSE json_set(doc, '$.rank', rank) END" : 'doc';
  const rows = database
    .prepare(
      `SELECT sequence, ${doc} AS doc FROM ${kind} WHERE ledger = ? AND spell = ? ` +
        'AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?',
    )
    .all(Number(row['key']), spell, after, complete, limit);
  return {
    docs: rows.map((one) => String(one['doc'])),
    upTo: rows.length < limit ? complete : Number(rows.at(-1)?.['sequence']),
  };
}

/** Highest number up to which nothing is missing after `after`. */
function lastKnown(
  database: DatabaseSync,
  key: number,
  { spell, kind, after }: HistoryQuery,
): number {
  const gap = database
    .prepare(
      'SELECT min(first) AS first FROM gaps ' +
        'WHERE ledger = ? AND spell = ? AND kind = ? AND last > ?',
    )
    .get(key, spell, kind, after)?.['first'];
  const highest = highestNumber(database, key, spell, kind);
  return gap === undefined || gap === null ? highest : Math.min(highest, Number(gap) - 1);
}

/** How far the history of a spell goes, by its row; in the time as a log by the ledger's figures. */
function highestNumber(
  database: DatabaseSync,
  key: number,
  spell: SpellId,
  kind: HistoryQuery['kind'],
): number {
  const ofSpell = database
    .prepare(
      `SELECT doc ->> '${kind}' AS highest FROM rows ` +
        "WHERE ledger = ? AND kind = 'spell' AND id = ?",
    )
    .get(key, spell);
  const highest = Number(ofSpell?.['highest'] ?? 0);
  if (spell !== logSpell) return highest;
  const figure = kind === 'usage' ? 'usageSequence' : 'eventSequence';
  const ofLog = database
    .prepare(`SELECT meta ->> '${figure}' AS highest FROM ledgers WHERE key = ?`)
    .get(key);
  return Math.max(highest, Number(ofLog?.['highest'] ?? 0));
}
