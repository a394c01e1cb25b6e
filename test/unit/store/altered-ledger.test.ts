import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { flipBits } from '../../support/flip-bit.ts';
import { loadInThread } from '../../support/load-in-thread.ts';
import { granted, makeEvent, makeLease, makeMeta, vendor } from '../../support/records.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { ledgerFile, ledgerId, openTestStore, openWithLedger } from '../../support/store.ts';
import { copyVersion5, pair, withDatabase } from '../../support/version-2.ts';
import {
  configRow,
  licenseRow,
  makeEndRow,
  makeLeaseRow,
  makeSpellRow,
  put,
  session,
  spell,
  vendorRow,
  writeRows,
} from './row-builders.ts';

/** Ledgers of a stopped server: one is kept as rows, the other one as a log. */
let [asRows, asLog]: Buffer[] = [];

beforeEach(async () => {
  asRows ??= await writeAsRows();
  asLog ??= await writeAsLog();
});

async function writeAsRows(): Promise<Buffer> {
  const ledger = await openWithLedger();
  const rows = [configRow, licenseRow, makeSpellRow({ usage: 1 }), vendorRow, makeLeaseRow(1)];
  await writeRows(ledger, ...rows.map((row) => put(row)));
  await writeRows(ledger, put(makeEndRow(2)), session(1, spell, 0));
  await ledger.write({
    type: 'rows',
    changes: [],
    gaps: [{ spell, kind: 'events', from: 1, to: 3 }],
  });
  await ledger.addToJournal(makeEvent(1));
  await ledger.store.storeBoot('00aa11bb22cc33dd');
  await ledger.store.close();
  return readFileSync(ledger.file);
}

async function writeAsLog(): Promise<Buffer> {
  const ledger = await openWithLedger();
  await ledger.append({ type: 'vendor', before: null, after: vendor }, granted(makeLease(1)), {
    type: 'meta',
    before: makeMeta(),
    after: makeMeta(),
  });
  await ledger.append(granted(makeLease(2)));
  await ledger.store.close();
  return readFileSync(ledger.file);
}

function copyOf(sound: Buffer | undefined): string {
  const file = ledgerFile();
  writeFileSync(file, sound ?? '');
  return file;
}

/** What a start says of a copy that somebody has changed with another program. */
async function loadAltered(sound: Buffer | undefined, sql: string): Promise<unknown> {
  const file = copyOf(sound);
  withDatabase(file, (database) => {
    expect(Number(database.prepare(sql).run().changes), sql).toBeGreaterThan(0);
  });
  const loaded = await loadInThread(file);
  return typeof loaded === 'string' ? loaded : 'believed';
}

const otherThan = (value: SQLOutputValue | undefined) =>
  typeof value === 'number' ? `${value + 1}` : `'${String(value ?? '')}0'`;

describe('a ledger that was altered while its server was stopped', () => {
  it('is what it was when nothing was altered', async () => {
    expect(await loadInThread(copyOf(asRows))).toMatchObject({ ledgers: [{ id: ledgerId }] });
    expect(await loadInThread(copyOf(asLog))).toMatchObject({ ledgers: [{ id: ledgerId }] });
  });

  it.each([
    ['a ledger', 'DELETE FROM ledgers'],
    ['the licences', "DELETE FROM rows WHERE kind = 'license'"],
    ['a lease that was returned', `DELETE FROM rows WHERE id = '${makeEndRow(2).id}'`],
    ['a gap', 'DELETE FROM gaps'],
    ['a usage record', 'DELETE FROM usage'],
    ['a timeline entry', 'DELETE FROM events'],
    ['the last entries of a journal', 'UPDATE journals SET sequence = 0'],
    ['the name of its start', 'DELETE FROM boot'],
    ['what the history takes', 'UPDATE history_size SET count = 9000000'],
    ['the row of how far it is', 'DELETE FROM progress'],
    ['the total of them', 'UPDATE progress SET total = total + 1'],
    ['the ledger of a row', "UPDATE rows SET ledger = 2 WHERE kind = 'lease'"],
  ])('is damaged when it lacks %s', async (_name, sql) => {
    expect(await loadAltered(asRows, sql)).toBe('damaged');
  });

  it.each([
    ['a lease', 'DELETE FROM leases WHERE id = (SELECT min(id) FROM leases)'],
    ['seats of a lease', `UPDATE leases SET doc = replace(doc, '"units":1', '"units":0')`],
    ['a vendor', 'DELETE FROM vendors'],
    ['its last entry', 'DELETE FROM log WHERE position = 2'],
    ['what an entry says', `UPDATE log SET doc = replace(doc, '"units":1', '"units":0')`],
  ])('is damaged when it is kept as a log and lacks %s', async (_name, sql) => {
    expect(await loadAltered(asLog, sql)).toBe('damaged');
  });

  it('is damaged when an older row is in the place of the last one', async () => {
    const older = copyOf(asRows);
    const store = openTestStore(older);
    await store.load('server');
    const writes = [
      { type: 'rows', changes: [put(makeSpellRow({ usage: 2 }))], gaps: [] },
    ] as const;
    await store.commit({ ledgers: [{ ledger: ledgerId, writes }], journal: [] });
    await store.close();
    const file = ledgerFile();
    copyFileSync(older, file);
    const before = copyOf(asRows);
    withDatabase(file, (database) => {
      database.exec(`ATTACH '${before}' AS before`);
      const sql = "INSERT OR REPLACE INTO rows SELECT * FROM before.rows WHERE kind = 'spell'";
      expect(database.prepare(sql).run().changes).toBe(1);
    });
    expect(await loadInThread(file)).toBe('damaged');
  });

  it('is damaged when any column of its own row is another one', async () => {
    const database = new DatabaseSync(copyOf(asRows));
    const row = database.prepare('SELECT * FROM ledgers').get() ?? {};
    database.close();
    expect(Object.keys(row).length).toBeGreaterThan(10);
    for (const [column, value] of Object.entries(row)) {
      const sql = `UPDATE ledgers SET ${column} = ${otherThan(value)}`;
      expect(await loadAltered(asRows, sql), column).toBe('damaged');
    }
    const most = 'UPDATE ledgers SET term_number = 9007199254740991';
    expect(await loadAltered(asRows, most)).toBe('damaged');
  });

  it('is refused or read as it was, whichever of its bits has flipped', async () => {
    const random = new SeededRandom(11);
    const seen = { refused: 0, whole: 0 };
    for (const sound of [asRows, asLog]) {
      if (!sound) throw new Error('nothing was written');
      const expected = await loadInThread(copyOf(sound));
      if (typeof expected === 'string') throw new Error(expected);
      for (let flip = 0; flip < 100; flip++) {
        const bit = random.between(0, 8 * sound.length - 1);
        const loaded = await loadInThread(copyOf(flipBits(sound, bit)));
        if (typeof loaded === 'string') seen.refused++;
        else {
          seen.whole++;
          expect(loaded.ledgers, `bit ${bit}`).toEqual(expected.ledgers);
        }
      }
    }
    expect(Math.min(seen.refused, seen.whole)).toBeGreaterThan(10);
  });
});

describe('a file of format 5', () => {
  it('goes on, also when it had format 2 before', async () => {
    const file = copyVersion5();
    const store = openTestStore(file);
    const loaded = await store.load(pair.main);
    expect(loaded.ledgers.map(({ ledger }) => ledger.leases.length)).toEqual([2]);
    await store.close();
    const again = openTestStore(file);
    expect((await again.load(pair.main)).ledgers).toEqual(loaded.ledgers);
    await again.close();
    withDatabase(file, (database) => database.exec("DELETE FROM rows WHERE kind = 'license'"));
    const damaged = openTestStore(file).load(pair.main);
    await expect(damaged).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('is left as it is when its tables are damaged', async () => {
    const sound = readFileSync(copyVersion5());
    sound.write('couNt', sound.indexOf('count INTEGER NOT NULL,'));
    const file = copyOf(sound);
    expect(await loadInThread(file)).toBe('damaged');
    expect(readFileSync(file)).toEqual(sound);
  });
});
