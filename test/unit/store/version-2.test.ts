import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../src-main/node/core/rows/canonical-text.ts';
import { logSpell, rank, type Row } from '../../../src-main/node/core/rows/row.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { createReplica } from '../../../src-main/node/core/replica/replica.ts';
import { schemaVersion } from '../../../src-main/node/store/schema.ts';
import type { LoadedStore } from '../../../src-main/node/store/store.ts';
import {
  makeEvent,
  makeLease,
  makeMeta,
  makeSession,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  serverId,
} from '../../support/records.ts';
import { copyAfterCrash, openTestStore, signingKeyPem } from '../../support/store.ts';
import { copyVersion2, pair, withDatabase } from '../../support/version-2.ts';
import { waitFor } from '../../support/wait-for.ts';

const everything = { fromMs: 0, toMs: 2 * nowMs, afterSequence: 0, limit: 100_000 };
const seats = ['seat-1', 'seat-2'];

const versionOf = (file: string) =>
  withDatabase(file, (database) => database.prepare('PRAGMA user_version').get()?.['user_version']);

const countOf = (file: string, table: string) =>
  withDatabase(
    file,
    (database) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'],
  );

function shared({ ledgers }: LoadedStore): LoadedStore['ledgers'][number] {
  const found = ledgers.find(({ id }) => id === pair.ledger);
  if (!found) throw new Error('the ledger of the pair is gone');
  return found;
}

describe('a file of version 2', () => {
  it('goes on with all its history', async () => {
    const store = openTestStore(copyVersion2('backup'));
    const loaded = await store.load(pair.backup);
    expect(shared(loaded).term).toEqual({ number: 2, member: pair.backup });
    expect(loaded.journal).toEqual({ [pair.main]: 4, [pair.backup]: 6 });
    expect(await store.usageRecords(everything)).toMatchObject([
      { kind: 'session', end: 'returned' },
      { kind: 'denial' },
      { kind: 'denial' },
      { kind: 'session', end: 'released' },
    ]);
    expect(await store.events({ search: '', limit: 99 })).toHaveLength(18);
    const query = { ledger: pair.ledger, kind: 'events', after: 0, upTo: 99, limit: 99 } as const;
    expect(await store.readHistory({ ...query, spell: logSpell })).toMatchObject({ upTo: 8 });
  });

  it('is kept as rows from its opening on, the same at both servers', async () => {
    const rows: Row[][] = [];
    for (const server of ['main', 'backup'] as const) {
      const file = copyVersion2(server);
      const store = openTestStore(file);
      const { ledger, log } = shared(await store.load(pair[server]));
      expect(ledger.leases.map(({ holder }) => holder.instance)).toEqual(seats);
      expect(log.entries).toEqual([]);
      expect(await store.usageRecords(everything)).toHaveLength(server === 'main' ? 3 : 4);
      // It is durable, and nothing is left to do.
      const again = shared(await openTestStore(copyAfterCrash(file)).load(pair[server]));
      expect(again.ledger).toEqual(ledger);
      rows.push(ledger.rows ?? []);
    }
    const [atMain = [], atBackup = []] = rows;
    expect(atMain.map(canonicalText)).toEqual(atBackup.map(canonicalText));
    expect(atMain.map(({ kind }) => kind)).toEqual([
      'config',
      'license',
      'spell',
      'vendor',
      'lease',
      'lease',
      'lease',
      'lease',
    ]);
    expect(atMain.flatMap((row) => (row.kind === 'lease' ? [row.rank] : [])).sort()).toEqual([
      rank.granted,
      rank.granted,
      rank.returned,
      rank.returned,
    ]);
    expect(atMain).toContainEqual(
      expect.objectContaining({ kind: 'spell', id: logSpell, usage: 3, events: 8 }),
    );
  });

  it('is what a member goes on with', async () => {
    const { ledger, ...stored } = shared(await openTestStore(copyVersion2('main')).load(pair.main));
    const at = { monotonicMs: 1_000, wallMs: nowMs };
    const ids = { serverId: pair.main, demoVendorKeyId: 'demo', newLedgerId: pair.ledger };
    const state = createReplica({ ...stored, ledger }, { ...ids, boot: '00aa11bb22cc33dd' }, at);
    expect([...state.ledger.leases.values()]).toEqual(ledger.leases);
    expect(state.ledger.meta).toMatchObject({ usageSequence: 3, eventSequence: 8 });
    expect([...state.ledger.licenses.keys()]).toEqual(['acme-cad']);
  });

  it('has the tables of a new file', async () => {
    const migrated = openTestStore(copyVersion2('main'));
    const fresh = openTestStore();
    await migrated.load(pair.main);
    await fresh.load(serverId);
    const columns = ({ file }: { file: string }) =>
      withDatabase(file, (database) => database.prepare(describeTables).all());
    expect(columns(migrated)).toEqual(columns(fresh));
  });

  it('uses no number by arrival again', async () => {
    const file = copyVersion2('backup');
    withDatabase(file, (database) => database.exec('DELETE FROM usage WHERE local = 4'));
    const store = openTestStore(file);
    await store.load(pair.backup);
    const changes = [
      { type: 'usage', spell: '3.a', after: makeSession(1) },
      { type: 'event', spell: '3.a', after: makeEvent(1) },
    ] as const;
    const writes = [{ type: 'rows', changes, gaps: [] }] as const;
    const { events } = await store.commit({
      ledgers: [{ ledger: pair.ledger, writes }],
      journal: [],
    });
    expect(events).toMatchObject([{ local: 19 }]);
    expect((await store.usageRecords(everything)).at(-1)?.sequence).toBe(5);
  });

  it('keeps what is missing of its history', async () => {
    const file = copyVersion2('backup');
    withDatabase(file, (database) =>
      database.exec("INSERT INTO gaps VALUES (NULL, 2, 'usage', 1, 2)"),
    );
    const { gaps } = await openTestStore(file).load(pair.backup);
    const gap = { spell: logSpell, kind: 'usage', from: 1, to: 2 };
    expect(gaps).toEqual([{ id: expect.any(Number), ledger: pair.ledger, ...gap }]);
  });

  it('is left as it is when something in it is unreadable', async () => {
    const file = copyVersion2('main');
    withDatabase(file, (database) => database.exec("UPDATE usage SET doc = '{' WHERE local = 2"));
    const opened = openTestStore(file).load(pair.main);
    await expect(opened).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(versionOf(file)).toBe(2);
  });

  it('is left as it is when a licence in it cannot become a row', async () => {
    const file = copyVersion2('main');
    withDatabase(file, (database) => database.exec("UPDATE licenses SET doc = '{}'"));
    const opened = openTestStore(file).load(pair.main);
    await expect(opened).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect([countOf(file, 'leases'), countOf(file, 'rows')]).toEqual([2, 0]);
  });
});

const describeTables = `
  SELECT t.name AS of, c.name, c.type, c."notnull", c.pk, NULL AS sql
    FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
  UNION ALL SELECT tbl_name, name, NULL, NULL, NULL, trim(replace(replace(sql, char(10), ' '), '  ', ''))
    FROM sqlite_master WHERE type = 'index'
  ORDER BY 1, 2
`;

/** Leases and usage that a large file has more than the small one. */
const leasesMore = 8_000;
const usageMore = 60_000;

function makeLarge(): string {
  const file = copyVersion2('main');
  const numbers = (max: number) =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${max})`;
  const id = "printf('00000000-0000-4000-8000-%012d', i)";
  withDatabase(file, (database) =>
    database.exec(`
      INSERT INTO leases ${numbers(leasesMore)} SELECT 1, ${id}, json_set(doc, '$.id', ${id})
        FROM n, (SELECT doc FROM leases LIMIT 1);
      INSERT INTO usage ${numbers(usageMore)} SELECT NULL, ledger, i + 3, kind, license, product,
        feature, units, user, host, started, ended, times,
        json_set(doc, '$.sequence', i + 3, '$.leaseId', 'x' || i, '$.end', 'expired')
        FROM n, (SELECT * FROM usage WHERE local = 1);
    `),
  );
  return file;
}

/** A file of the present version in which a ledger is kept as a log that is not to be. */
async function makeLargeLog(): Promise<string> {
  const store = openTestStore();
  await store.load(pair.main);
  const leases = Array.from({ length: leasesMore + 2 }, (_, number) => makeLease(number + 1));
  const ledger = makeStoredLedger({ config: soloConfig(pair.main), meta: makeMeta(), leases });
  const stored = makeStoredReplica({ ledger });
  const writes = [{ type: 'createLedger', stored } as const];
  await store.commit({ ledgers: [{ ledger: pair.ledger, writes }], journal: [] });
  await store.close();
  return store.file;
}

/** Opens a file in a process of its own, which is killed when its journal has this many bytes. */
async function killWhileOpening(file: string, journalBytes: number): Promise<void> {
  const store = new URL('../../../src-main/node/store/open-store.ts', import.meta.url).href;
  const options = JSON.stringify({ file, signingKeyPem: String(signingKeyPem) });
  const script =
    `import('${store}').then(({ openStore }) => openStore({ ...${options}, onDeath() {} })` +
    `.load('${pair.main}')).then(() => console.log('opened'));`;
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const journal = `${file}-wal`;
  await waitFor(
    `${journalBytes} bytes in the journal`,
    () => existsSync(journal) && statSync(journal).size >= journalBytes,
  );
  child.kill('SIGKILL');
  await ended;
}

describe('a server that is killed while it brings its file up to date', () => {
  it.each([
    ['into the present tables', 2 * 1024 * 1024, 2],
    ['into rows', 1024 * 1024, schemaVersion],
  ])(
    '%s loses nothing',
    async (_name, journalBytes, version) => {
      const file = version === 2 ? makeLarge() : await makeLargeLog();
      await killWhileOpening(file, journalBytes);
      const left = copyAfterCrash(file);
      expect(versionOf(left)).toBe(version);
      if (version === schemaVersion) expect([0, leasesMore + 3]).toContain(countOf(left, 'rows'));
      const store = openTestStore(file);
      const { ledger } = shared(await store.load(pair.main));
      expect(ledger.leases).toHaveLength(leasesMore + 2);
      const usage = version === 2 ? usageMore + 3 : 0;
      expect(await store.usageRecords(everything)).toHaveLength(usage);
    },
    60_000,
  );
});
