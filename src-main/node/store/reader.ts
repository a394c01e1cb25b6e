import type { DatabaseSync } from 'node:sqlite';
import type { AdminArguments } from '../../../src-shared/contract/admin.ts';
import { falseDenialWithinMs, type UsageReport } from '../../../src-shared/model/usage.ts';
import type { HistoryPage, HistoryQuery, UsageReportQuery } from './store.ts';
import { readHistory } from './history-page.ts';
import { usageCounts } from './history-rows.ts';
import { createImageReader, type ImageReader } from './image-reader.ts';
import { readDocs, readEvents, type TableRow } from './ledger-rows.ts';
import { openForReading } from './open-ledger.ts';
import { computeUsageReport, type DenialRow, type SessionRow } from './usage-report.ts';
import type { EventDoc, LocalDoc } from './worker-message.ts';

/** Queries that may take long, on a connection of their own. Documents come as JSON text. */
export interface Reader {
  usageReport(query: UsageReportQuery): UsageReport;
  usageRecords(query: {
    fromMs: number;
    toMs: number;
    afterSequence: number;
    limit: number;
  }): LocalDoc[];
  denials(query: { license: string | undefined; limit: number }): LocalDoc[];
  events(query: AdminArguments<'events.list'>): EventDoc[];
  history(query: HistoryQuery): HistoryPage;
  journal(query: { server: string; after: number; limit: number }): string[];
  readonly images: ImageReader;
  close(): void;
}

export function openReader(file: string): Reader {
  const database = openForReading(file);
  // SQLite's own lower() knows ASCII only.
  database.function('fold', { deterministic: true }, (text) =>
    typeof text === 'string' ? text.toLowerCase() : '',
  );
  const images = createImageReader(file);
  return {
    usageReport: (query) => usageReport(database, query),
    usageRecords: ({ fromMs, toMs, afterSequence, limit }) =>
      localDocs(
        database,
        'SELECT local, doc FROM usage WHERE local > ? AND ended >= ? AND started <= ? ' +
          `AND ${usageCounts} ORDER BY local LIMIT ?`,
        [afterSequence, fromMs, toMs, limit],
      ),
    denials: (query) => inTransaction(database, () => denialDocs(database, query)),
    events: (query) => events(database, query),
    history: (query) => readHistory(database, query),
    journal: ({ server, after, limit }) =>
      readDocs(
        database,
        'SELECT doc FROM events WHERE journal = ? AND sequence > ? ORDER BY sequence LIMIT ?',
        server,
        after,
        limit,
      ),
    images,
    close: () => {
      images.closeAll();
      database.close();
    },
  };
}

function localDocs(
  database: DatabaseSync,
  sql: string,
  values: readonly (string | number)[],
): LocalDoc[] {
  const rows = database.prepare(sql).all(...values);
  return rows.map((row) => ({ local: Number(row['local']), doc: String(row['doc']) }));
}

function events(database: DatabaseSync, query: AdminArguments<'events.list'>): EventDoc[] {
  const conditions = ['TRUE'];
  const values: (string | number)[] = [];
  if (query.afterSequence !== undefined) {
    conditions.push('local > ?');
    values.push(query.afterSequence);
  }
  if (query.beforeSequence !== undefined) {
    conditions.push('local < ?');
    values.push(query.beforeSequence);
  }
  if (query.severities) {
    conditions.push(`severity IN (${query.severities.map(() => '?').join(',')})`);
    values.push(...query.severities);
  }
  if (query.server !== undefined) {
    conditions.push("doc ->> 'server' = ?");
    values.push(query.server);
  }
  if (query.search !== '') {
    conditions.push(
      `(${['message', 'license', 'lease', 'kind']
        .map((field) => `instr(fold(doc ->> '${field}'), ?)`)
        .join(' OR ')})`,
    );
    const text = query.search.toLowerCase();
    values.push(text, text, text, text);
  }
  const order = query.afterSequence === undefined ? 'DESC' : 'ASC';
  const where = conditions.join(' AND ');
  return readEvents(database, `WHERE ${where} ORDER BY local ${order} LIMIT ?`, [
    ...values,
    query.limit,
  ]);
}

function usageReport(database: DatabaseSync, query: UsageReportQuery): UsageReport {
  return inTransaction(database, () => {
    const live = readLiveLeases(database);
    return computeUsageReport({
      ...query,
      sessions: sessionRows(database, query, live),
      denials: denialRows(database, query, live),
    });
  });
}

/** All that `read` asks is of one moment, so that a lease that ends meanwhile counts once. */
function inTransaction<T>(database: DatabaseSync, read: () => T): T {
  database.exec('BEGIN');
  try {
    return read();
  } finally {
    database.exec('COMMIT');
  }
}

/** The newest denials, each with whether the person got the feature soon after. */
function denialDocs(
  database: DatabaseSync,
  { license, limit }: Parameters<Reader['denials']>[0],
): LocalDoc[] {
  const ofLicense = license === undefined ? '' : 'AND license = ?';
  const rows = database
    .prepare(
      `SELECT local, doc, user, host, feature, started, ended, ${grantedSoonSql} AS soon ` +
        `FROM usage d WHERE kind = 'denial' ${ofLicense} ORDER BY ended DESC LIMIT ?`,
    )
    .all(falseDenialWithinMs, ...(license === undefined ? [limit] : [license, limit]));
  const starts = rows.length === 0 ? new Map() : startsByPerson(readLiveLeases(database));
  return rows.map((row) => ({
    local: Number(row['local']),
    doc: JSON.stringify({
      ...(JSON.parse(String(row['doc'])) as Record<string, unknown>),
      grantedSoon: wasGrantedSoon(row, starts),
    }),
  }));
}

type LiveLease = Omit<SessionRow, 'endedAtMs'> & { lease: string };

function readLiveLeases(database: DatabaseSync): LiveLease[] {
  const rows = database
    .prepare(
      "SELECT doc ->> 'id' AS lease, doc ->> 'licenseId' AS license, doc ->> 'product' AS product, " +
        "doc ->> 'feature' AS feature, doc ->> 'units' AS units, " +
        "doc ->> '$.holder.user' AS user, doc ->> '$.holder.host' AS host, " +
        "doc ->> 'grantedAtMs' AS started FROM (SELECT doc FROM leases UNION ALL " +
        "SELECT doc -> 'lease' FROM rows WHERE kind = 'lease' AND doc -> 'lease' <> 'null')",
    )
    .iterate();
  return Array.from(rows, describeLease);
}

function* sessionRows(
  database: DatabaseSync,
  { fromMs, toMs }: UsageReportQuery,
  live: LiveLease[],
): Iterable<SessionRow> {
  for (const lease of live) {
    if (lease.startedAtMs < toMs) yield { ...lease, endedAtMs: toMs };
  }
  const living = new Set(live.map(({ lease }) => lease));
  const rows = database
    .prepare(
      'SELECT lease, license, product, feature, units, user, host, started, ended FROM usage ' +
        `WHERE kind = 'session' AND ended > ? AND started < ? AND ${usageCounts} ORDER BY ended DESC`,
    )
    .iterate(fromMs, toMs);
  for (const row of rows) {
    // One that ran out and lives again is one session.
    if (living.has(String(row['lease']))) continue;
    yield { ...describeLease(row), endedAtMs: Number(row['ended']) };
  }
}

function describeLease(row: TableRow): LiveLease {
  return {
    lease: String(row['lease']),
    license: String(row['license']),
    product: String(row['product']),
    units: Number(row['units']),
    startedAtMs: Number(row['started']),
    ...describePerson(row),
  };
}

function* denialRows(
  database: DatabaseSync,
  { fromMs, toMs }: UsageReportQuery,
  live: LiveLease[],
): Iterable<DenialRow> {
  const starts = startsByPerson(live);
  const rows = database
    .prepare(
      'SELECT license, product, feature, user, host, times, started, ended, ' +
        `${grantedSoonSql} AS soon ` +
        "FROM usage d WHERE kind = 'denial' AND ended >= ? AND started < ?",
    )
    .iterate(falseDenialWithinMs, fromMs, toMs);
  for (const row of rows) {
    yield {
      ...describePerson(row),
      ...(row['license'] === null ? {} : { license: String(row['license']) }),
      ...(row['product'] === null ? {} : { product: String(row['product']) }),
      count: Number(row['times']),
      grantedSoon: wasGrantedSoon(row, starts),
    };
  }
}

/** Whether a session that has ended began soon after the denial `d`; one parameter: how soon, in ms. */
const grantedSoonSql =
  "EXISTS (SELECT 1 FROM usage s WHERE s.kind = 'session' AND s.user = d.user AND s.host = d.host " +
  'AND s.feature = d.feature AND s.started BETWEEN d.started AND d.ended + ?)';

/** The starts of leases that are out, by who has them. */
function startsByPerson(live: readonly LiveLease[]): ReadonlyMap<string, number[]> {
  const starts = new Map<string, number[]>();
  for (const lease of live) {
    const known = starts.get(personKey(lease));
    if (known) known.push(lease.startedAtMs);
    else starts.set(personKey(lease), [lease.startedAtMs]);
  }
  return starts;
}

function wasGrantedSoon(row: TableRow, starts: ReadonlyMap<string, number[]>): boolean {
  const fromStart = Number(row['started']);
  const toStart = Number(row['ended']) + falseDenialWithinMs;
  const ofPerson = starts.get(personKey(describePerson(row))) ?? [];
  return (
    row['soon'] === 1 || ofPerson.some((startMs) => startMs >= fromStart && startMs <= toStart)
  );
}

interface Person {
  user: string;
  host: string;
  feature: string;
}

function describePerson(row: TableRow): Person {
  return {
    user: String(row['user']),
    host: String(row['host']),
    feature: String(row['feature']),
  };
}

function personKey({ user, host, feature }: Person): string {
  return `${user}\u0000${host}\u0000${feature}`;
}
