import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { forgetLoss } from '../../../src-main/node/store/data-loss.ts';
import { findLoss } from '../../../src-main/node/store/find-loss.ts';
import { markFileOf } from '../../../src-main/node/store/high-water-mark.ts';
import { type OpenedLedger, openLedgerStore } from '../../../src-main/node/store/load-ledger.ts';
import { flipBitOfFile } from '../../support/flip-bit.ts';
import { makeEvent, makeStoredReplica, nowMs, serverId } from '../../support/records.ts';
import { ledgerFile, ledgerId, signingKeyPem } from '../../support/store.ts';

const lossFileOf = (file: string) => join(dirname(file), 'data-loss.json');

/** The store as a server opens it. */
async function open(file: string, startAnew = false): Promise<OpenedLedger> {
  const opened = await openLedgerStore(
    {
      file,
      dataLossFile: lossFileOf(file),
      serverId,
      signingKeyPem: String(signingKeyPem),
      onDeath: (error) => {
        throw error;
      },
    },
    startAnew,
    nowMs,
  );
  onTestFinished(() => opened.store.close());
  return opened;
}

/** What a start finds missing; it is ended in order again. */
async function lossAtStart(file: string): Promise<string | null> {
  const { store, dataLoss } = await open(file);
  await store.close();
  return dataLoss?.cause ?? null;
}

const suffixes = ['', '-wal', '-shm'];

/** The files of a data directory as a crash leaves them now, in another directory. */
function copyAfterCrash(file: string): string {
  const copy = ledgerFile();
  for (const suffix of suffixes) copyFileSync(file + suffix, copy + suffix);
  copyFileSync(markFileOf(file), markFileOf(copy));
  return copy;
}

/** A store in use with a ledger and some writes, and its files as a crash would leave them. */
async function crashAfterWrites(count: number): Promise<string> {
  const file = ledgerFile();
  const { store } = await open(file);
  await store.commit({
    ledgers: [
      { ledger: ledgerId, writes: [{ type: 'createLedger', stored: makeStoredReplica() }] },
    ],
    journal: [],
  });
  for (let number = 1; number <= count; number++) {
    await store.commit({ ledgers: [], journal: [makeEvent(number)] });
  }
  return copyAfterCrash(file);
}

describe('nothing is missing', () => {
  it('in a new directory, after an orderly end, and after a crash', async () => {
    const file = ledgerFile();
    expect(await lossAtStart(file)).toBeNull();
    expect(await lossAtStart(file)).toBeNull();
    expect(await lossAtStart(await crashAfterWrites(3))).toBeNull();
  });

  it('when the mark is behind, as a power cut can leave it', async () => {
    const file = ledgerFile();
    const first = await open(file);
    const mark = readFileSync(markFileOf(file));
    await first.store.commit({ ledgers: [], journal: [makeEvent(1)] });
    await first.store.close();
    writeFileSync(markFileOf(file), mark);
    expect(await lossAtStart(file)).toBeNull();
  });

  it.each([
    ['is cut', (mark: string) => truncateSync(mark, 10)],
    ['is garbage', (mark: string) => writeFileSync(mark, 'x'.repeat(5_000))],
    ['is gone', (mark: string) => rmSync(mark)],
    ['is half written', (mark: string) => flipBitOfFile(mark, 8 * 30)],
    ['is half written in its other half', (mark: string) => flipBitOfFile(mark, 8 * (4_096 + 30))],
  ])('when the mark %s and the ledger is not', async (_name, damage) => {
    const file = await crashAfterWrites(3);
    damage(markFileOf(file));
    expect(await lossAtStart(file)).toBeNull();
    expect(await lossAtStart(file)).toBeNull();
  });
});

describe('it is noticed', () => {
  it('that the journal was deleted', async () => {
    const file = await crashAfterWrites(3);
    rmSync(`${file}-wal`);
    expect(await lossAtStart(file)).toMatch(/^ledger\.db lacks the last \d+ writes/);
  });

  it('that the journal was emptied and the mark is gone', async () => {
    const file = await crashAfterWrites(3);
    truncateSync(`${file}-wal`, 0);
    rmSync(markFileOf(file));
    expect(await lossAtStart(file)).toBe('ledger.db came without its journal');
  });

  it('that a bit of the journal flipped, wherever what is behind it is lost', async () => {
    const file = await crashAfterWrites(3);
    const frames = Math.floor((readFileSync(`${file}-wal`).length - 32) / (4_096 + 24));
    expect(frames).toBeGreaterThan(3);
    for (const at of [4, 32 + 4_120 * (frames - 1) + 100, 32 + 4_120 * 2 + 100]) {
      const copy = copyAfterCrash(file);
      flipBitOfFile(`${copy}-wal`, 8 * at);
      expect([at, await lossAtStart(copy)]).toEqual([
        at,
        expect.stringMatching(/^ledger\.db lacks the last/),
      ]);
    }
  });

  it('that the ledger was deleted with its journal', async () => {
    const file = await crashAfterWrites(3);
    for (const suffix of suffixes) rmSync(file + suffix);
    const { store, loaded, dataLoss } = await open(file);
    await store.close();
    expect(loaded.ledgers).toEqual([]);
    expect(dataLoss).toEqual({ kind: 'missing', noticedMs: nowMs, cause: 'ledger.db is missing' });
  });

  it('that it was copied alone', async () => {
    const file = await crashAfterWrites(3);
    const copy = ledgerFile();
    copyFileSync(file, copy);
    expect(await lossAtStart(copy)).toBe('ledger.db came without its journal');
  });

  it('that an older copy was put in its place', async () => {
    const file = ledgerFile();
    expect(await lossAtStart(file)).toBeNull();
    const older = readFileSync(file);
    const { store } = await open(file);
    await store.commit({ ledgers: [], journal: [makeEvent(1)] });
    await store.close();
    writeFileSync(file, older);
    expect(await lossAtStart(file)).toBe('ledger.db lacks the last write of this server');
  });

  it('that the ledger of another server was put in its place', async () => {
    const file = await crashAfterWrites(1);
    const other = ledgerFile();
    await lossAtStart(other);
    for (const suffix of suffixes) rmSync(file + suffix);
    copyFileSync(other, file);
    expect(await lossAtStart(file)).toBe('ledger.db is not the file that this server wrote');
  });
});

describe('what is missing', () => {
  it('is not forgotten by later starts, whatever is written, until it is settled', async () => {
    const file = await crashAfterWrites(3);
    for (const suffix of suffixes) rmSync(file + suffix);
    expect(await lossAtStart(file)).toBe('ledger.db is missing');
    const { store, dataLoss } = await open(file);
    for (let number = 1; number <= 10; number++) {
      await store.commit({ ledgers: [], journal: [makeEvent(number)] });
    }
    await store.close();
    expect(dataLoss?.cause).toBe('ledger.db is missing');
    expect(await lossAtStart(file)).toBe('ledger.db is missing');
    await forgetLoss(lossFileOf(file));
    expect(await lossAtStart(file)).toBeNull();
  });

  it('counts as missing where the note of it cannot be read', async () => {
    const file = ledgerFile();
    await lossAtStart(file);
    for (const damaged of ['{', '', '\0\xff']) {
      writeFileSync(lossFileOf(file), damaged, 'latin1');
      expect(await lossAtStart(file)).toContain('cannot be read');
    }
  });

  it('is given up by a start anew, which puts the mark aside too', async () => {
    const file = await crashAfterWrites(3);
    rmSync(`${file}-wal`);
    await lossAtStart(file);
    writeFileSync(file, 'damaged');
    const { store, dataLoss, setAside } = await open(file, true);
    await store.close();
    expect(dataLoss).toBeNull();
    expect(existsSync(lossFileOf(file))).toBe(false);
    expect(readdirSync(dirname(file))).toContain(`${setAside}-mark`);
    expect(await lossAtStart(file)).toBeNull();
  });
});

it('is nothing of which no sign is left', () => {
  expect(findLoss({ stored: null, hadJournal: false, mark: null })).toBeNull();
});
