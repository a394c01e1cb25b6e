import {
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { makeEvent, makeLease, granted } from '../../support/records.ts';
import { ledgerFile, openTestStore, openWithLedger, readLedger } from '../../support/store.ts';
import { skipFor } from '../../support/skip.ts';
import { waitFor } from '../../support/wait-for.ts';

const noDeletion =
  process.platform === 'win32' ? 'Windows lets nobody delete or replace a file that is open' : null;

const journal = (number: number) => ({ ledgers: [], journal: [makeEvent(number)] });

describe('a ledger file that is deleted while it is in use', skipFor(noDeletion), () => {
  it.each([
    ['the file', ['']],
    ['its journal', ['-wal']],
    ['all of it', ['', '-wal', '-shm']],
  ])('is noticed and written anew with all that was in it: %s', async (_name, suffixes) => {
    const { store, file, ...ledger } = await openLedgerWithLease();
    expect(await store.events(allEvents)).toHaveLength(1);
    for (const suffix of suffixes) rmSync(file + suffix);
    await expect(store.check()).rejects.toThrow('was deleted while the server ran');
    await expect(store.commit(journal(2))).rejects.toThrow('was deleted while the server ran');
    expect(await store.probe()).toBe('rewritten');
    await store.check();
    await store.commit(journal(2));
    expect(await store.events(allEvents)).toHaveLength(2);
    await store.close();
    const again = openTestStore(ledger.path);
    expect((await readLedger(again)).ledger.leases).toHaveLength(1);
    expect(await again.events(allEvents)).toHaveLength(2);
    expect(await again.loss()).toBeNull();
  });

  it('goes on failing while it cannot be written anew', async () => {
    const { store, file } = await openLedgerWithLease();
    renameSync(file, `${file}.moved`);
    // A folder is in the way of the new file.
    mkdirSync(`${file}.new`);
    await expect(store.probe()).rejects.toThrow();
    rmSync(`${file}.new`, { recursive: true });
    expect(await store.probe()).toBe('rewritten');
    await store.commit(journal(2));
  });
});

it('is no fault that another program makes the file or its journal shorter, and leaves it whole', async () => {
  const { store, file } = await openLedgerWithLease();
  const sizes = () => ['', '-wal'].map((suffix) => statSync(file + suffix).size);
  const shorten = (sql: string) => {
    const before = sizes();
    const database = new DatabaseSync(file, { timeout: 5_000 });
    database.exec(sql);
    database.close();
    expect(sizes()).not.toEqual(before);
  };
  shorten('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(statSync(`${file}-wal`).size).toBe(0);
  await store.check();
  await store.commit(journal(2));
  shorten('VACUUM');
  shorten('PRAGMA wal_checkpoint(TRUNCATE)');
  await store.commit(journal(3));
  expect(await store.events(allEvents)).toHaveLength(3);
});

const replaced = 'is noticed when the file is replaced, and the other one is left alone';
it(replaced, skipFor(noDeletion), async () => {
  const { store, file } = await openLedgerWithLease();
  copyFileSync(file, `${file}.copy`);
  renameSync(`${file}.copy`, file);
  const refusal = await waitFor(
    'a refused write',
    () => refusalOf(store.commit(journal(2))),
    1_000,
  );
  expect(refusal).toContain('was replaced while the server ran');
  await expect(store.commit(journal(2))).rejects.toThrow('was replaced while the server ran');
  await expect(store.probe()).rejects.toThrow('Stop the server');
  expect(existsSync(file)).toBe(true);
});

it.each(['', '-wal'])('is noticed when the file%s is cut short', async (suffix) => {
  const { store, file } = await openLedgerWithLease();
  truncateSync(file + suffix, 100);
  await expect(store.check()).rejects.toThrow('was cut short while the server ran');
  await expect(store.commit(journal(2))).rejects.toThrow('was cut short');
  await expect(store.probe()).rejects.toThrow('Start the server again');
});

/** A former check stands for some milliseconds of writing. */
function refusalOf(write: Promise<unknown>): Promise<string | undefined> {
  return write.then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

const allEvents = { search: '', limit: 100 };

async function openLedgerWithLease() {
  const path = ledgerFile();
  const ledger = await openWithLedger(path);
  await ledger.append(granted(makeLease(1)));
  await ledger.addToJournal(makeEvent(1));
  return { store: ledger.store, file: path, path };
}
