import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { applicationId } from '../../../src-main/node/store/schema.ts';
import { rank } from '../../../src-main/node/core/rows/row.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import {
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeInstalledLicense,
  makeLease,
  makeMeta,
  makeSession,
  nowMs,
  positionOf,
  serverId,
  vendor,
} from '../../support/records.ts';
import { ledgerFile, openTestStore } from '../../support/store.ts';

/** The tables of version 1, word for word. */
const version1 = `
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), doc TEXT NOT NULL);
  CREATE TABLE leases (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE licenses (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE vendors (key_id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE usage (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    license TEXT,
    product TEXT,
    feature TEXT NOT NULL,
    units INTEGER NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    times INTEGER NOT NULL,
    doc TEXT NOT NULL
  );
  CREATE INDEX usage_by_end ON usage (kind, ended);
  CREATE INDEX usage_by_user ON usage (user, started) WHERE kind = 'session';
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    severity TEXT NOT NULL,
    doc TEXT NOT NULL
  );
  CREATE TABLE probe (id INTEGER PRIMARY KEY, filling BLOB NOT NULL);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = 1;
`;

/** Figures as version 1 wrote them. */
const { servingSinceMs: _, ...meta1 } = makeMeta({
  term: 7,
  usageSequence: 6,
  eventSequence: 12,
});

function makeVersion1(fill: (database: DatabaseSync) => void): string {
  const file = ledgerFile();
  const database = new DatabaseSync(file);
  database.exec(version1);
  fill(database);
  database.close();
  return file;
}

function put(database: DatabaseSync, table: string, ...values: (string | number | null)[]): void {
  const places = values.map(() => '?').join(',');
  database.prepare(`INSERT INTO ${table} VALUES (${places})`).run(...values);
}

function fillWithLedger(database: DatabaseSync): void {
  const license = makeInstalledLicense();
  put(database, 'meta', 1, JSON.stringify(meta1));
  for (const number of [2, 1]) put(database, 'leases', leaseIdOf(number), leaseText(number));
  put(database, 'licenses', license.id, JSON.stringify(license));
  put(database, 'vendors', vendor.keyId, JSON.stringify(vendor));
  const session = makeSession(5, { endedAtMs: nowMs });
  const { user, host } = session;
  put(
    database,
    ...(['usage', 5, 'session', 'acme-cad', 'Acme Suite', 'cad', 1, user, host] as const),
    ...[nowMs, nowMs, 1, JSON.stringify(session)],
  );
  put(
    database,
    ...(['usage', 6, 'denial', 'acme-cad', null, 'cad', 1, 'bert', 'pc-2'] as const),
    ...[nowMs, nowMs, 3, JSON.stringify(makeDenial(6, { count: 3 }))],
  );
  for (const sequence of [11, 12]) {
    const { server: _, ...event } = makeEvent(sequence);
    put(database, 'events', sequence, event.atMs, event.severity, JSON.stringify(event));
  }
}

function leaseText(number: number): string {
  return JSON.stringify(makeLease(number));
}

describe('a file of version 1', () => {
  it('becomes the ledger of this server alone', async () => {
    const store = openTestStore(makeVersion1(fillWithLedger));
    expect(await store.load(serverId)).toEqual({
      ledgers: [
        {
          id: 'ledger-1',
          term: { number: 7, member: serverId },
          // No empty log has this base, so that a member that joins gets an image.
          log: { base: positionOf(1, 7), entries: [] },
          witnessed: { index: 0, term: { number: 0, member: '' } },
          syncSet: [serverId],
          ledger: expect.objectContaining({
            meta: { ...meta1, servingSinceMs: 0 },
            config: soloConfig(serverId),
            leases: [makeLease(1), makeLease(2)],
            licenses: [makeInstalledLicense()],
            vendors: [vendor],
            rows: expect.arrayContaining([
              expect.objectContaining({ kind: 'lease', id: leaseIdOf(5), rank: rank.returned }),
            ]),
          }),
        },
      ],
      journal: {},
      boot: null,
      recentEvents: [11, 12].map((sequence) => ({
        ...makeEvent(sequence),
        local: sequence,
        ledger: 'ledger-1',
      })),
      gaps: [],
      takenOut: {},
    });
    const span = { fromMs: 0, toMs: nowMs, afterSequence: 0, limit: 9 };
    expect(await store.usageRecords(span)).toEqual([
      makeSession(5, { endedAtMs: nowMs }),
      makeDenial(6, { count: 3 }),
    ]);
  });

  it('is written to like any other, and migrated once', async () => {
    const file = makeVersion1(fillWithLedger);
    const store = openTestStore(file);
    await store.load(serverId);
    const spell = '8.aa';
    const changes = [
      { type: 'event', spell, after: makeEvent(1) },
      { type: 'usage', spell, after: makeDenial(1, { lastAtMs: nowMs - 1 }) },
    ] as const;
    const writes = [{ type: 'rows', changes, gaps: [] }] as const;
    const { events } = await store.commit({
      ledgers: [{ ledger: 'ledger-1', writes }],
      journal: [],
    });
    expect(events).toEqual([{ ...makeEvent(1), local: 13, ledger: 'ledger-1' }]);
    await store.close();
    const again = openTestStore(file);
    const [ledger] = (await again.load('another server')).ledgers;
    expect(ledger?.log.entries).toEqual([]);
    expect(ledger?.ledger.leases).toHaveLength(2);
    expect(await again.denials({ limit: 9 })).toEqual([
      { ...makeDenial(6, { count: 3 }), grantedSoon: expect.any(Boolean) as boolean },
      { ...makeDenial(7, { lastAtMs: nowMs - 1 }), grantedSoon: expect.any(Boolean) as boolean },
    ]);
  });

  it('without a ledger has none', async () => {
    const store = openTestStore(makeVersion1(() => undefined));
    expect((await store.load(serverId)).ledgers).toEqual([]);
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
  ])('whose figures are %s is damaged', async (_name, doc) => {
    const file = makeVersion1((database) => put(database, 'meta', 1, doc));
    const store = openTestStore(file);
    await expect(store.load(serverId)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('SELECT doc FROM meta').all()).toEqual([{ doc }]);
    database.close();
  });
});
