import type { DatabaseSync } from 'node:sqlite';
import { logSpell } from '../core/rows/row.ts';
import { tokenLifeMsMax } from '../core/ledger/ended-leases.ts';
import type { HistoryBound, HistoryBounds, HistorySize, HistorySizes } from './store.ts';

/** What the history takes, by kind; kept up to date by every insertion and deletion. */
export const historySizeTable = `
  CREATE TABLE history_size (
    -- Of usage session or denial, else events.
    kind TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) WITHOUT ROWID;
  INSERT INTO history_size
    SELECT 'session', count(*), total(${usageBytes('')}) FROM usage WHERE kind = 'session';
  INSERT INTO history_size
    SELECT 'denial', count(*), total(${usageBytes('')}) FROM usage WHERE kind = 'denial';
  INSERT INTO history_size SELECT 'events', count(*), total(${eventBytes('')}) FROM events;
  CREATE TRIGGER usage_added AFTER INSERT ON usage BEGIN
    UPDATE history_size SET count = count + 1, bytes = bytes + ${usageBytes('NEW.')}
      WHERE kind = NEW.kind;
  END;
  CREATE TRIGGER usage_dropped AFTER DELETE ON usage BEGIN
    UPDATE history_size SET count = count - 1, bytes = bytes - (${usageBytes('OLD.')})
      WHERE kind = OLD.kind;
  END;
  CREATE TRIGGER event_added AFTER INSERT ON events BEGIN
    UPDATE history_size SET count = count + 1, bytes = bytes + ${eventBytes('NEW.')}
      WHERE kind = 'events';
  END;
  CREATE TRIGGER event_dropped AFTER DELETE ON events BEGIN
    UPDATE history_size SET count = count - 1, bytes = bytes - (${eventBytes('OLD.')})
      WHERE kind = 'events';
  END;
`;

/** About what a row takes in the file, with its columns and its places in the indexes. */
function usageBytes(row: string): string {
  return `2 * octet_length(${row}doc) + octet_length(${row}user)`;
}

function eventBytes(row: string): string {
  return `octet_length(${row}doc) + 100`;
}

type SizeKind = 'session' | 'denial' | 'events';
type Sizes = Record<SizeKind, HistorySize>;

/** Keeps usage and timeline within their bounds. Every call is part of a transaction of the caller. */
export interface HistoryPruning {
  sizes(): HistorySizes;
  /** Drops at most so many rows of each kind that are beyond its bound; how many there were. */
  keepBounds(bounds: HistoryBounds, rowsMax: number): number;
  /** Drops at most so many usage records that ended before the instant; how many there were. */
  dropBefore(endedMs: number, rowsMax: number): number;
  /** Forgets ends of which no token can be valid any longer. */
  dropEnded(): void;
}

export function prepareHistoryPruning(database: DatabaseSync): HistoryPruning {
  const sql = (text: string) => database.prepare(text);
  const readSizes = sql('SELECT kind, count, bytes FROM history_size');
  const readAll = (): Sizes => {
    const sizes = { session: none(), denial: none(), events: none() };
    for (const row of readSizes.all()) {
      const size = { count: Number(row['count']), bytes: Number(row['bytes']) };
      sizes[String(row['kind']) as SizeKind] = size;
    }
    return sizes;
  };
  const drop = prepareDropping(database);
  const keepUsage = ({ session, denial }: Sizes, bound: HistoryBound, rowsMax: number): number => {
    const beyond = Math.min(rowsMax, rowsBeyond(sum(session, denial), bound));
    if (beyond === 0) return 0;
    const half = { countMax: bound.countMax / 2, bytesMax: bound.bytesMax / 2 };
    const denials = Math.min(beyond, rowsBeyond(denial, half));
    if (denials > 0) drop.denials(denials);
    if (beyond > denials) drop.usage(beyond - denials);
    return beyond;
  };
  const dropBefore = {
    session: sql("SELECT local FROM usage WHERE kind = 'session' AND ended < ? LIMIT ?"),
    denial: sql("SELECT local FROM usage WHERE kind = 'denial' AND ended < ? LIMIT ?"),
  };
  const dropEnded = sql(
    "DELETE FROM ended WHERE at <= (SELECT CAST(meta ->> 'wallHighMs' AS INTEGER) FROM ledgers " +
      `WHERE key = ended.ledger) - ${tokenLifeMsMax}`,
  );
  return {
    sizes: () => {
      const { session, denial, events } = readAll();
      return { usage: sum(session, denial), events };
    },
    keepBounds: (bounds, rowsMax) => {
      const sizes = readAll();
      const events = Math.min(rowsMax, rowsBeyond(sizes.events, bounds.events));
      return keepUsage(sizes, bounds.usage, rowsMax) + (events > 0 ? drop.events(events) : 0);
    },
    dropBefore: (endedMs, rowsMax) => {
      const sessions = drop.these(dropBefore.session.all(endedMs, rowsMax));
      return sessions + drop.these(dropBefore.denial.all(endedMs, rowsMax - sessions));
    },
    dropEnded: () => void dropEnded.run(),
  };
}

function none(): HistorySize {
  return { count: 0, bytes: 0 };
}

function sum(a: HistorySize, b: HistorySize): HistorySize {
  return { count: a.count + b.count, bytes: a.bytes + b.bytes };
}

/** How many rows of usual length are too many. */
function rowsBeyond({ count, bytes }: HistorySize, { countMax, bytesMax }: HistoryBound): number {
  const byBytes = bytes > bytesMax ? Math.ceil((bytes - bytesMax) / (bytes / count)) : 0;
  return Math.max(0, Math.ceil(count - countMax), byBytes);
}

function prepareDropping(database: DatabaseSync) {
  const sql = (text: string) => database.prepare(text);
  const oldest = (kind: 'session' | 'denial') =>
    `SELECT * FROM (SELECT local, ended FROM usage WHERE kind = '${kind}' ORDER BY ended LIMIT ?1)`;
  const oldestUsage = sql(
    `SELECT local FROM (${oldest('session')} UNION ALL ${oldest('denial')}) ORDER BY ended LIMIT ?1`,
  );
  const oldestDenials = sql(`SELECT local FROM (${oldest('denial')})`);
  // Where a ledger is kept as a log, usage says which leases have ended, and must not be back by a token.
  const keepEnd = sql(
    'INSERT OR REPLACE INTO ended SELECT usage.ledger, lease, ' +
      `coalesce(usage.doc ->> 'tokensEndMs', ended + ${tokenLifeMsMax}) AS until ` +
      'FROM usage JOIN ledgers ON ledgers.key = usage.ledger ' +
      `WHERE local = ? AND lease IS NOT NULL AND spell = '${logSpell}' ` +
      "AND usage.doc ->> 'end' <> 'expired' AND until > meta ->> 'wallHighMs'",
  );
  const dropOne = sql('DELETE FROM usage WHERE local = ?');
  const dropEvents = sql(
    'DELETE FROM events WHERE local IN (SELECT local FROM events ORDER BY local LIMIT ?)',
  );
  const these = (rows: Record<string, unknown>[]): number => {
    for (const row of rows) {
      const local = Number(row['local']);
      keepEnd.run(local);
      dropOne.run(local);
    }
    return rows.length;
  };
  return {
    these,
    usage: (count: number) => these(oldestUsage.all(count)),
    denials: (count: number) => these(oldestDenials.all(count)),
    events: (count: number) => Number(dropEvents.run(count).changes),
  };
}
