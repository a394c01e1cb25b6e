import type { DatabaseSync } from 'node:sqlite';
import { logSpell, type SpellId } from '../core/rows/row.ts';
import type { HistoryPage, HistoryQuery } from './store.ts';
import { ledgerRow } from './ledger-rows.ts';

/**
 * Rows of a spell's history: of the first numbers after `after` that are not missing here, and never
 * beyond what is durable. A usage record carries its `rank`, where it is of a spell under `continuity`.
 */
export function readHistory(database: DatabaseSync, query: HistoryQuery): HistoryPage {
  database.exec('BEGIN');
  try {
    return readPage(database, query);
  } finally {
    database.exec('COMMIT');
  }
}

function readPage(database: DatabaseSync, query: HistoryQuery): HistoryPage {
  const { ledger, spell, kind, after, limit } = query;
  const row = ledgerRow(database, ledger);
  const range = row && findKnown(database, Number(row['key']), query);
  if (!row || !range) return { docs: [], from: after + 1, upTo: after };
  const { from, upTo } = range;
  const doc = kind === 'usage' ? "iif(rank > 0, json_set(doc, '$.rank', rank), doc)" : 'doc';
  const rows = database
    .prepare(
      `SELECT sequence, ${doc} AS doc FROM ${kind} WHERE ledger = ? AND spell = ? ` +
        'AND sequence BETWEEN ? AND ? ORDER BY sequence LIMIT ?',
    )
    .all(Number(row['key']), spell, from, upTo, limit);
  const docs = rows.map((one) => String(one['doc']));
  return { docs, from, upTo: rows.length < limit ? upTo : Number(rows.at(-1)?.['sequence']) };
}

/** The first numbers after `after` of which nothing is missing; undefined: there are none. */
function findKnown(
  database: DatabaseSync,
  key: number,
  { spell, kind, after, upTo }: HistoryQuery,
): { from: number; upTo: number } | undefined {
  const gaps = database
    .prepare(
      'SELECT first, last FROM gaps ' +
        'WHERE ledger = ? AND spell = ? AND kind = ? AND last > ? ORDER BY first',
    )
    .iterate(key, spell, kind, after);
  const highest = Math.min(upTo, highestNumber(database, key, spell, kind));
  let from = after + 1;
  for (const { first, last } of gaps) {
    if (Number(first) > from) return range(from, Math.min(highest, Number(first) - 1));
    from = Math.max(from, Number(last) + 1);
  }
  return range(from, highest);
}

function range(from: number, upTo: number): { from: number; upTo: number } | undefined {
  return from <= upTo ? { from, upTo } : undefined;
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
