import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { backupKind } from '../../../src-main/node/backup/backup-format.ts';
import { readBackup } from '../../../src-main/node/backup/read-backup.ts';
import { writeBackup } from '../../../src-main/node/backup/write-backup.ts';
import { loadIdentity } from '../../../src-main/node/identity/identity.ts';
import { expectMode } from '../../support/file-mode.ts';
import { flipBits } from '../../support/flip-bit.ts';
import { granted, makeEvent, makeLease, serverId } from '../../support/records.ts';
import {
  type LedgerStore,
  openTestStore,
  openWithLedger,
  readLedger,
} from '../../support/store.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

let ledger: LedgerStore;
let directory: string;

/** A server's data directory whose store is in use, with 3 leases. */
beforeEach(async () => {
  ledger = await openWithLedger();
  directory = dirname(ledger.file);
  for (const id of [1, 2, 3]) await ledger.append(granted(makeLease(id)));
  await ledger.addToJournal(makeEvent(1));
  writeFileSync(join(directory, 'server.json'), '{"name":"Halle 3"}\n');
});

function write(target: string, passphrase: string | null = null) {
  return writeBackup({
    dataDirectory: directory,
    ledgerFile: ledger.file,
    target,
    server: { id: serverId, name: 'Halle 3' },
    version: '0.0.0-test',
    createdAt: '2026-03-01T08:00:00.000Z',
    passphrase,
  });
}

const targetIn = (folder: string) => join(folder, 'a.backup');
const unpackedIn = (folder: string) => join(folder, 'unpacked.db');

function read(file: string, passphrase: string | null = null) {
  return readBackup(file, unpackedIn(makeTemporaryDirectory()), passphrase);
}

describe('a backup', () => {
  it('is made while the store is written to, and has what was durable', async () => {
    const target = targetIn(makeTemporaryDirectory());
    const summary = await write(target);
    await ledger.append(granted(makeLease(4)));
    expect(summary).toMatchObject({ leases: 3, licenses: 0, identity: false, sharedLedgers: 0 });
    expect(summary.bytes).toBe(statSync(target).size);
    const { ledgerFile, texts, identity } = await read(target);
    expect(texts).toEqual({ 'server.json': '{"name":"Halle 3"}\n' });
    expect(identity).toBeNull();
    const restored = openTestStore(ledgerFile);
    expect((await readLedger(restored)).ledger.leases).toHaveLength(3);
    // A copy is whole without the journal that the file had.
    expect(await restored.loss()).toBeNull();
  });

  it('leaves nothing else behind, and is for its owner only', async () => {
    const folder = makeTemporaryDirectory();
    const before = readdirSync(directory);
    await write(targetIn(folder));
    expect(readdirSync(folder)).toEqual(['a.backup']);
    expect(readdirSync(directory)).toEqual(before);
    expectMode(targetIn(folder), 0o600);
  });

  it('never overwrites a file', async () => {
    const target = targetIn(makeTemporaryDirectory());
    writeFileSync(target, 'mine');
    await expect(write(target)).rejects.toMatchObject({ code: 'BACKUP_NOT_WRITTEN' });
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });

  it('says why it cannot be written, with nothing left of it', async () => {
    const folder = makeTemporaryDirectory();
    const target = join(folder, 'missing', 'a.backup');
    await expect(write(target)).rejects.toMatchObject({
      code: 'BACKUP_NOT_WRITTEN',
      message: expect.stringContaining(target),
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(directory).filter((name) => name.includes('backup'))).toEqual([]);
  });
});

describe("the server's key", () => {
  it('is in it under a passphrase only', async () => {
    const { keyPem, id } = await loadIdentity(directory);
    const folder = makeTemporaryDirectory();
    await write(targetIn(folder), 'correct horse');
    const bytes = readFileSync(targetIn(folder), 'latin1');
    const secret = keyPem.split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(60);
    expect(bytes).not.toContain(secret);
    expect(bytes).not.toContain('PRIVATE KEY');
    const { identity } = await read(targetIn(folder), 'correct horse');
    expect(identity?.['server-key.pem']).toBe(keyPem);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect((await read(targetIn(folder))).identity).toBeNull();
    await expect(read(targetIn(folder), 'battery staple')).rejects.toMatchObject({
      code: 'PASSPHRASE_WRONG',
    });
  });
});

describe('a backup that is not what was written', () => {
  it('is found by any flipped bit, and nothing of it is left unpacked', async () => {
    const target = targetIn(makeTemporaryDirectory());
    await loadIdentity(directory);
    await write(target, 'correct horse');
    const sound = readFileSync(target);
    const places = [1, 30, 700, 2_000, 30_000, sound.length - 100, sound.length - 1];
    for (const at of places) {
      writeFileSync(target, flipBits(sound, 8 * at));
      const folder = makeTemporaryDirectory();
      expect([at, await codeOf(readBackup(target, unpackedIn(folder), null))]).toEqual([
        at,
        expect.stringMatching(/^BACKUP_(DAMAGED|UNREADABLE|NEWER)$/),
      ]);
      expect(existsSync(unpackedIn(folder))).toBe(false);
    }
  });

  it('is found by its length', async () => {
    const target = targetIn(makeTemporaryDirectory());
    await write(target);
    const sound = readFileSync(target);
    for (const bytes of [sound.subarray(0, -1), Buffer.concat([sound, Buffer.from('x')])]) {
      writeFileSync(target, bytes);
      await expect(read(target)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    }
    for (const bytes of [Buffer.alloc(0), sound.subarray(0, 10), Buffer.alloc(100_000, 'x')]) {
      writeFileSync(target, bytes);
      await expect(read(target)).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
    }
  });

  it('is one of a newer version', async () => {
    const target = targetIn(makeTemporaryDirectory());
    await write(target);
    const newer = readFileSync(target, 'latin1').replace(backupKind, 'understudy-backup/2');
    writeFileSync(target, newer, 'latin1');
    await expect(read(target)).rejects.toMatchObject({ code: 'BACKUP_NEWER' });
  });

  it('is one that is not there, or is no file', async () => {
    const target = targetIn(makeTemporaryDirectory());
    await expect(read(target)).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
    await expect(read(dirname(target))).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
  });
});

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => Reflect.get(error as object, 'code') as unknown,
  );
}
