import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { EndedLease } from '../core/ledger/change.ts';
import { tokenLifeMsMax } from '../core/ledger/ended-leases.ts';
import type { Position, Term } from '../core/replica/term.ts';
import { rowSum } from './row-sum.ts';
import { logSpell } from '../core/rows/row.ts';
import { historyKindOf } from './history-gaps.ts';
import type { HistoryGap } from './store.ts';
import type {
  EventDoc,
  ImageHeadDocs,
  LedgerDocs,
  LoadedLedgerDocs,
  LogRow,
  RowDoc,
} from './worker-message.ts';

/** A row of a table of SQLite, in which rows of a ledger are text. */
export type TableRow = Record<string, SQLOutputValue>;

/** Rows of the ledgers hosted here. */
export function ledgerRows(database: DatabaseSync): TableRow[] {
  return database.prepare('SELECT * FROM ledgers WHERE hosted = 1 ORDER BY key').all();
}

/** Rows of ledgers that were hosted here and are no longer. */
export function droppedRows(database: DatabaseSync) {
  return database.prepare('SELECT id, config FROM ledgers WHERE hosted = 0').all();
}

/** The row of a ledger; undefined: it is not hosted here. */
export function ledgerRow(database: DatabaseSync, id: string): TableRow | undefined {
  return database.prepare('SELECT * FROM ledgers WHERE hosted = 1 AND id = ?').get(id);
}

export function describeLedger(database: DatabaseSync, row: TableRow): LoadedLedgerDocs {
  return {
    id: String(row['id']),
    term: termOf(row),
    base: positionOf(row, 'base'),
    witnessed: positionOf(row, 'witnessed'),
    syncSet: String(row['sync_set']),
    ...readLedgerDocs(database, row),
  };
}

function termOf(row: TableRow): Term {
  const term = { number: Number(row['term_number']), member: String(row['term_member']) };
  const boot = row['term_boot'] ?? null;
  return boot === null ? term : { ...term, boot: String(boot) };
}

function positionOf(row: TableRow, name: 'base' | 'witnessed'): Position {
  return {
    index: Number(row[`${name}_index`]),
    term: { number: Number(row[`${name}_number`]), member: String(row[`${name}_member`]) },
  };
}

/** Where the log of a ledger ends. */
export function lastPosition(database: DatabaseSync, row: TableRow): Position {
  const last = database
    .prepare(
      'SELECT position, number, member FROM log WHERE ledger = ? ORDER BY position DESC LIMIT 1',
    )
    .get(Number(row['key']));
  if (!last) return positionOf(row, 'base');
  return {
    index: Number(last['position']),
    term: { number: Number(last['number']), member: String(last['member']) },
  };
}

function readLedgerDocs(database: DatabaseSync, row: TableRow): LedgerDocs {
  const key = Number(row['key']);
  const docs = (table: string) =>
    readDocs(database, `SELECT doc FROM ${table} WHERE ledger = ? ORDER BY id`, key);
  const head = readHeadDocs(database, row);
  return {
    ...head,
    licenses: docs('licenses'),
    vendors: docs('vendors'),
    // Where a ledger is kept as rows, the rows say which leases have ended.
    ended: head.rows.some(({ kind }) => kind === 'config') ? [] : readEnded(database, key),
  };
}

export function readHeadDocs(database: DatabaseSync, row: TableRow): ImageHeadDocs {
  const key = Number(row['key']);
  return {
    meta: row['meta'] === null ? null : String(row['meta']),
    config: String(row['config']),
    rows: readRows(database, "ledger = ? AND kind <> 'lease' ORDER BY kind, id", key),
  };
}

/** Rows under `continuity`; `condition` follows WHERE. */
export function readRows(
  database: DatabaseSync,
  condition: string,
  ...values: (string | number)[]
): RowDoc[] {
  const columns = `kind, id, doc, sum = ${rowSum} AS sound`;
  const rows = database.prepare(`SELECT ${columns} FROM rows WHERE ${condition}`).all(...values);
  return rows.map((row) => ({
    kind: String(row['kind']),
    id: String(row['id']),
    doc: String(row['doc']),
    sound: row['sound'] === 1,
  }));
}

export function readDocs(
  database: DatabaseSync,
  sql: string,
  ...values: (string | number)[]
): string[] {
  const rows = database.prepare(sql).all(...values);
  return rows.map((row) => String(row['doc']));
}

/** And not what this server recorded alone before it was taken out. */
const isOfLedger =
  `(spell = '${logSpell}' OR sequence <= (SELECT rows.doc ->> 'usage' FROM rows ` +
  "WHERE rows.ledger = usage.ledger AND rows.kind = 'spell' AND rows.id = usage.spell))";

/**
 * Leases that were returned or released, of which a token can still be valid: those that an image
 * brought or whose tokens live long, then those in usage. Tokens of records without their end, of
 * earlier versions, are those of ordinary leases.
 */
export function readEnded(database: DatabaseSync, key: number): EndedLease[] {
  const meta = database
    .prepare("SELECT meta ->> 'wallHighMs' AS high FROM ledgers WHERE key = ?")
    .get(key);
  const nowMs = Number(meta?.['high'] ?? 0);
  const kept = database
    .prepare('SELECT lease, at AS until FROM ended WHERE ledger = ? AND at > ? ORDER BY rowid')
    .all(key, nowMs - tokenLifeMsMax);
  const inUsage = database
    .prepare(
      "SELECT doc ->> 'leaseId' AS lease, coalesce(doc ->> 'tokensEndMs', ended + ?) AS until " +
        "FROM usage WHERE kind = 'session' AND ledger = ? AND ended > ? " +
        `AND doc ->> 'end' <> 'expired' AND until > ? AND ${isOfLedger} ORDER BY ended`,
    )
    .all(tokenLifeMsMax, key, nowMs - 2 * tokenLifeMsMax, nowMs);
  const ended = new Map<string, number>();
  for (const row of [...kept, ...inUsage]) ended.set(String(row['lease']), Number(row['until']));
  return [...ended].map(([leaseId, untilMs]) => ({ leaseId, untilMs }));
}

/** A page of documents of about `bytesMax`, of which each row gives `doc`; at least one row. */
export function takePage(rows: Iterator<TableRow>, bytesMax: number): TableRow[] {
  const page: TableRow[] = [];
  for (let bytes = 0; bytes < bytesMax;) {
    const next = rows.next();
    if (next.done === true) break;
    page.push(next.value);
    bytes += String(next.value['doc']).length;
  }
  return page;
}

export function readLog(
  database: DatabaseSync,
  id: string,
  afterIndex: number,
  bytesMax: number,
): LogRow[] {
  const rows = database
    .prepare(
      'SELECT position, number, member, doc FROM log WHERE position > ? AND ' +
        'ledger = (SELECT key FROM ledgers WHERE id = ?) ORDER BY position',
    )
    .iterate(afterIndex, id);
  return takePage(rows, bytesMax).map((row) => ({
    index: Number(row['position']),
    term: { number: Number(row['number']), member: String(row['member']) },
    doc: String(row['doc']),
  }));
}

export function readGaps(database: DatabaseSync): HistoryGap[] {
  const rows = database
    .prepare(
      'SELECT gaps.id AS gap, ledgers.id AS ledger, kind, first, last, spell FROM gaps ' +
        'JOIN ledgers ON ledgers.key = gaps.ledger ORDER BY gaps.id',
    )
    .all();
  return rows.map((row) => ({
    id: Number(row['gap']),
    ledger: String(row['ledger']),
    spell: String(row['spell']),
    kind: historyKindOf(row['kind']),
    from: Number(row['first']),
    to: Number(row['last']),
  }));
}

/** Timeline entries with the ledger that they are of; `rest` follows the tables. */
export function readEvents(
  database: DatabaseSync,
  rest: string,
  values: readonly (string | number)[],
): EventDoc[] {
  const rows = database
    .prepare(
      'SELECT local, ledgers.id AS ledger, doc FROM events ' +
        `LEFT JOIN ledgers ON ledgers.key = events.ledger ${rest}`,
    )
    .all(...values);
  return rows.map((row) => ({
    local: Number(row['local']),
    ledger: row['ledger'] === null ? null : String(row['ledger']),
    doc: String(row['doc']),
  }));
}
