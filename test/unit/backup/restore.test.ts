import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { restoreBackup } from '../../../src-main/node/backup/restore-backup.ts';
import { writeBackup } from '../../../src-main/node/backup/write-backup.ts';
import { openDataDirectory } from '../../../src-main/node/base/data-directory.ts';
import { type Identity, loadIdentity } from '../../../src-main/node/identity/identity.ts';
import { flipBitOfFile } from '../../support/flip-bit.ts';
import { granted, makeLease, nowMs } from '../../support/records.ts';
import { openTestStore, openWithLedger, readLedger } from '../../support/store.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const passphrase = 'correct horse';

let directory: string;
let identity: Identity;

/** The data directory of a server with one lease, which does not run. */
beforeEach(async () => {
  const ledger = await openWithLedger();
  directory = dirname(ledger.file);
  await ledger.append(granted(makeLease(1)));
  await ledger.store.close();
  identity = await loadIdentity(directory);
  writeFileSync(join(directory, 'server.json'), '{"name":"Halle 3"}\n');
  writeFileSync(join(directory, 'boots.json'), '{}');
});

const createdAt = '2026-03-01T08:00:00.000Z';

async function backUp(withKey: string | null, server = identity.id): Promise<string> {
  const target = join(makeTemporaryDirectory(), 'a.backup');
  await writeBackup({
    dataDirectory: directory,
    ledgerFile: join(directory, 'ledger.db'),
    target,
    server: { id: server, name: 'Halle 3' },
    version: '0.0.0-test',
    createdAt,
    passphrase: withKey,
  });
  return target;
}

function restore(
  file: string,
  dataDirectory: string,
  more: { passphrase?: string; replace?: boolean } = {},
) {
  const { passphrase: given = null, replace = false } = more;
  return restoreBackup({ file, dataDirectory, passphrase: given, replace, nowMs });
}

/** What the next start finds of those before. */
function startsIn(folder: string): unknown {
  const { format, ...starts } = JSON.parse(readFileSync(join(folder, 'boots.json'), 'utf8')) as {
    format: string;
  };
  expect(format).toBe('understudy-boots/1');
  return starts;
}

async function leasesIn(folder: string): Promise<number> {
  const store = openTestStore(join(folder, 'ledger.db'));
  const { leases } = (await readLedger(store)).ledger;
  await store.close();
  return leases.length;
}

const contentsOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name !== 'server.lock')
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );

describe('a backup with the key', () => {
  it('makes the same server in an empty directory, which names none of its starts', async () => {
    const file = await backUp(passphrase);
    const fresh = join(makeTemporaryDirectory(), 'fresh');
    const restored = await restore(file, fresh, { passphrase });
    expect(restored).toMatchObject({ keyRestored: true, setAside: [], dataDirectory: fresh });
    expect((await loadIdentity(fresh)).keyPem).toBe(identity.keyPem);
    expect(readFileSync(join(fresh, 'server.json'), 'utf8')).toBe('{"name":"Halle 3"}\n');
    expect(startsIn(fresh)).toEqual({ boots: [], restoredFrom: createdAt });
    expect(existsSync(join(fresh, 'data-loss.json'))).toBe(false);
    expect(await leasesIn(fresh)).toBe(1);
  });

  it('wants its passphrase, and changes nothing without it', async () => {
    const file = await backUp(passphrase);
    const fresh = makeTemporaryDirectory();
    await expect(restore(file, fresh)).rejects.toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    const wrong = restore(file, fresh, { passphrase: 'battery' });
    await expect(wrong).rejects.toMatchObject({ code: 'PASSPHRASE_WRONG' });
    expect(contentsOf(fresh)).toEqual({});
  });

  it('must be that of the server that the backup names', async () => {
    const file = await backUp(passphrase, 'e'.repeat(64));
    const fresh = makeTemporaryDirectory();
    await expect(restore(file, fresh, { passphrase })).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
    });
    expect(contentsOf(fresh)).toEqual({});
  });

  it('takes the place of another server only when told so, and keeps that one', async () => {
    const file = await backUp(passphrase);
    const other = makeTemporaryDirectory();
    const { keyPem } = await loadIdentity(other);
    writeFileSync(join(other, 'server.json'), '{"name":"Other"}\n');
    const before = contentsOf(other);
    await expect(restore(file, other, { passphrase })).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
    });
    expect(contentsOf(other)).toEqual(before);
    const { setAside } = await restore(file, other, { passphrase, replace: true });
    expect((await loadIdentity(other)).id).toBe(identity.id);
    expect(setAside).toEqual(['server-key.pem.set-aside-2026-03-01T08-00-00.000Z']);
    expect(Object.values(contentsOf(other))).toEqual(
      expect.arrayContaining([keyPem, '{"name":"Other"}\n', '{"name":"Halle 3"}\n']),
    );
  });
});

describe('a backup without the key', () => {
  it('brings the ledger back where the server is, whose settings are newer', async () => {
    const file = await backUp(null);
    writeFileSync(join(directory, 'server.json'), '{"name":"Halle 4"}\n');
    writeFileSync(join(directory, 'ledger.db'), 'damaged');
    await expect(restore(file, directory)).rejects.toMatchObject({ code: 'RESTORE_REFUSED' });
    const restored = await restore(file, directory, { replace: true });
    expect(restored).toMatchObject({
      keyRestored: false,
      setAside: ['ledger.db.set-aside-2026-03-01T08-00-00.000Z'],
    });
    expect(await leasesIn(directory)).toBe(1);
    expect(readFileSync(join(directory, 'server.json'), 'utf8')).toContain('Halle 4');
    expect((await loadIdentity(directory)).keyPem).toBe(identity.keyPem);
    expect(startsIn(directory)).toEqual({ boots: [], restoredFrom: createdAt });
  });

  it('is refused on another host', async () => {
    const fresh = makeTemporaryDirectory();
    await expect(restore(await backUp(null), fresh)).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      message: expect.stringContaining('--with-identity'),
    });
    expect(contentsOf(fresh)).toEqual({});
  });
});

it('is refused while a server runs on the directory', async () => {
  const file = await backUp(null);
  const running = openDataDirectory(directory);
  await expect(restore(file, directory, { replace: true })).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_BUSY',
  });
  running.release();
});

it('changes nothing when the backup is damaged', async () => {
  const file = await backUp(null);
  flipBitOfFile(file, 8 * (statSync(file).size - 1));
  const before = contentsOf(directory);
  const damaged = restore(file, directory, { replace: true });
  await expect(damaged).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  expect(contentsOf(directory)).toEqual(before);
});
