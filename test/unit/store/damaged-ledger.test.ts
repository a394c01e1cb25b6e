import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openLedgerStore } from '../../../src-main/node/store/load-ledger.ts';
import { schemaVersion } from '../../../src-main/node/store/schema.ts';
import { granted, makeEvent, makeLease, makeMeta, nowMs, serverId } from '../../support/records.ts';
import { writeToLedger } from '../../support/edit-ledger.ts';
import { ledgerFile, ledgerId, openWithLedger, signingKeyPem } from '../../support/store.ts';

let soundLedger: Buffer | undefined;

/** A sound ledger with some leases, closed. */
async function makeLedger(): Promise<string> {
  soundLedger ??= await writeSoundLedger();
  const file = ledgerFile();
  writeFileSync(file, soundLedger);
  return file;
}

async function writeSoundLedger(): Promise<Buffer> {
  const ledger = await openWithLedger();
  const leases = Array.from({ length: 500 }, (_, index) => granted(makeLease(index)));
  await ledger.append(...leases, { type: 'meta', before: makeMeta(), after: makeMeta() });
  await ledger.append({ type: 'event', after: makeEvent(1) });
  await ledger.store.close();
  return readFileSync(ledger.file);
}

function overwrite(file: string, atByte: number, text: string): void {
  const content = readFileSync(file);
  content.write(text, atByte);
  writeFileSync(file, content);
}

function alter(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

/** As a version with a mistake would write it: nothing but the content itself is wrong. */
function write(file: string, sql: string): void {
  writeToLedger(file, (database) => database.exec(sql));
}

/** Pages can have a former copy in their free room: each one is replaced. */
function replace(file: string, text: string, by: string): void {
  const content = readFileSync(file, 'latin1');
  expect(content).toContain(text);
  writeFileSync(file, content.replaceAll(text, by), 'latin1');
}

/** The first byte of the page in which an index, or a table, begins. */
function rootOf(file: string, name: string): number {
  const database = new DatabaseSync(file);
  const row = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name);
  database.close();
  return (Number(row?.['rootpage']) - 1) * 4096;
}

/** Where SQLite finds the ledger under another id than it has. */
function misplaceLedger(file: string): void {
  const content = readFileSync(file);
  const at = content.indexOf(ledgerId, rootOf(file, 'sqlite_autoindex_ledgers_1'));
  overwrite(file, at, 'ledger-0');
}

const damages: [string, (file: string) => void][] = [
  ['has no SQLite header', (file) => overwrite(file, 0, 'garbage garbage garbage')],
  ['is a text file', (file) => writeFileSync(file, 'These are not the leases.\n'.repeat(500))],
  ['is empty', (file) => truncateSync(file, 0)],
  ['is cut in the middle', (file) => truncateSync(file, 20_000)],
  ['has a page of garbage', (file) => overwrite(file, 5 * 4096, 'x'.repeat(4096))],
  [
    'is another SQLite file',
    (file) => {
      rmSync(file);
      alter(file, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    },
  ],
  ['has a lease that is no JSON', (file) => write(file, "UPDATE leases SET doc = '{'")],
  ['has a lease of another shape', (file) => write(file, `UPDATE leases SET doc = '{"id":1}'`)],
  [
    'has a lease under the id of another',
    (file) => write(file, `UPDATE leases SET doc = (SELECT max(doc) FROM leases)`),
  ],
  ['has no figures it can read', (file) => write(file, "UPDATE ledgers SET meta = 'null'")],
  ['has no configuration it can read', (file) => write(file, "UPDATE ledgers SET config = '{}'")],
  ['has figures that are no JSON', (file) => write(file, "UPDATE ledgers SET meta = '{'")],
  ['has a log entry that is no JSON', (file) => write(file, "UPDATE log SET doc = '['")],
  [
    'has a log entry of another shape',
    (file) => write(file, `UPDATE log SET doc = '[{"type":"lease"}]'`),
  ],
  ['lacks an entry of its log', (file) => write(file, 'DELETE FROM log WHERE position = 1')],
  ['has a timeline entry that is no JSON', (file) => alter(file, "UPDATE events SET doc = '{'")],
  [
    'has a column of another name',
    (file) => replace(file, 'count INTEGER NOT', 'couNt INTEGER NOT'),
  ],
  ['has a column that is unknown', (file) => replace(file, 'witnessed_index', 'witnessed_inde8')],
  ['has a trigger with another function', (file) => replace(file, 'octet_length', 'octet_hength')],
  [
    'has a trigger of another row',
    (file) => replace(file, 'octet_length(OLD.', 'octet_length(OLT.'),
  ],
  ['has an index of other rows', (file) => replace(file, `kind = 'session'`, `kind = 'sessiom'`)],
  ['has no triggers', (file) => alter(file, 'DROP TRIGGER usage_added')],
  ['has a table too many', (file) => alter(file, 'CREATE TABLE more (a)')],
  ['has an index that leads elsewhere', misplaceLedger],
  [
    'is missing but its journal is there',
    (file) => {
      copyFileSync(file, `${file}-wal`);
      rmSync(file);
    },
  ],
];

const options = (file: string) => ({
  file,
  dataLossFile: join(dirname(file), 'data-loss.json'),
  serverId,
  signingKeyPem: String(signingKeyPem),
  onDeath: (error: Error) => {
    throw error;
  },
});

function contentOf(file: string): Record<string, Buffer> {
  const folder = dirname(file);
  const names = readdirSync(folder).filter((name) => !/-(shm|wal)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
}

describe.each(damages)('a ledger that %s', (_name, damage) => {
  it('is reported with what to do and left as it is', async () => {
    const file = await makeLedger();
    damage(file);
    const before = contentOf(file);
    const failure = await openLedgerStore(options(file), false, nowMs).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'NodeStartFailure', code: 'STORE_DAMAGED' });
    expect(String(failure)).toContain(file);
    expect(String(failure)).toContain('--start-anew');
    expect(contentOf(file)).toEqual(before);
  });

  it('is put aside, whole, when asked to start anew', async () => {
    const file = await makeLedger();
    damage(file);
    const before = contentOf(file);
    const { store, loaded, setAside } = await openLedgerStore(options(file), true, nowMs);
    await store.close();
    expect(loaded).toEqual({
      ledgers: [],
      takenOut: {},
      journal: {},
      recentEvents: [],
      gaps: [],
      boot: null,
    });
    expect(setAside).toBe('ledger.db.set-aside-2026-03-01T08-00-00.000Z');
    const after = contentOf(file);
    if (before['ledger.db']) expect(after[setAside ?? '']).toEqual(before['ledger.db']);
    else expect(readdirSync(dirname(file))).toContain(`${setAside}-wal`);
  });
});

describe('a sound ledger', () => {
  it('stays in use when asked to start anew', async () => {
    const file = await makeLedger();
    const { store, loaded, setAside } = await openLedgerStore(options(file), true, nowMs);
    await store.close();
    expect(setAside).toBeNull();
    expect(loaded.ledgers[0]?.ledger.leases).toHaveLength(500);
  });

  it('of a newer version is left alone, also when asked to start anew', async () => {
    const file = await makeLedger();
    alter(file, `PRAGMA user_version = ${schemaVersion + 1}`);
    const before = contentOf(file);
    const failure = await openLedgerStore(options(file), true, nowMs).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'NodeStartFailure', code: 'STORE_NEWER' });
    expect(contentOf(file)).toEqual(before);
  });
});
