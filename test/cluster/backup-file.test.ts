import { cpSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LeaseAnswer } from '../../src-shared/contract/client-api.ts';
import { makeTerminal, runIn } from '../unit/cli/fake-terminal.ts';
import { callAdmin } from '../support/json-request.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { startServe } from '../support/node.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { shellBlocks } from '../support/shell-blocks.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { connect, startServer } from './started-server.ts';
import { noShell, TypistHost } from './typist-host.ts';

describe('a backup while clients come and go', () => {
  it('has what was told before it, and serves after a restore', async () => {
    const server = await startServer('Alone');
    const { dataDirectory } = server;
    await server.install(await makeVendor(), { id: 'cad', feature: 'cad', units: 500 });
    const client = connect(server);
    let isOver = false;
    const busy = (async () => {
      for (let number = 0; !isOver; number++) await client.checkout(`busy-${number}`, 'cad');
    })();
    const told = (await connect(server).checkout('told', 'cad')).body as LeaseAnswer;
    const terminal = makeTerminal();
    const run = (...args: string[]) => runIn(terminal, ...args, '--data-dir', dataDirectory);
    const made = await run('backup', 'a.backup', '--json');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    isOver = true;
    await busy;
    const again = await run('backup', 'a.backup');
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('exists already') });
    const verified = await run('backup', 'verify', 'a.backup');
    expect(verified.stdout).toContain('is what was written');
    expect(verified.stdout).toContain('1 licence,');

    expect(await run('restore', 'a.backup', '--replace')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Another Understudy server is running'),
    });
    await server.kill();
    rmSync(join(dataDirectory, 'ledger.db'));
    rmSync(join(dataDirectory, 'ledger.db-wal'));
    const restored = await run('restore', 'a.backup', '--replace');
    expect(restored).toMatchObject({ status: 0, stderr: '' });
    await server.start();
    expect((await server.call('status', {})).missingData).toBeNull();
    const renewed = await connect(server).send('POST', `/v1/leases/${told.lease.id}/renew`);
    expect(renewed).toMatchObject({ status: 200, body: { lease: { id: told.lease.id } } });
  });

  it('is made each day in a folder of its own, and the oldest ones go', async () => {
    const server = await startServer('Alone');
    const folder = join(makeTemporaryDirectory(), 'elsewhere');
    await server.call('settings.set', { backupFolder: folder, backupsKept: 2 });
    const files = [];
    for (let count = 0; count < 3; count++) {
      const { last, problem } = await server.call('backup.now', {});
      expect(problem).toBeNull();
      files.push(last?.file);
    }
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual(files.slice(1));
    const { backups } = await server.call('snapshot', {});
    expect(backups).toMatchObject({ folder, count: 2, busy: false, last: { file: files[2] } });
    expect(Date.parse(backups.last?.verifiedAt ?? '')).toBeGreaterThan(0);
    expect(Date.parse(backups.nextAt ?? '')).toBeGreaterThan(Date.now());
    // It is remembered over a start.
    await server.stop();
    await server.start();
    expect((await server.call('snapshot', {})).backups.last?.file).toBe(files[2]);
    await server.call('settings.set', { backupsKept: 0 });
    expect((await server.call('snapshot', {})).backups.nextAt).toBeNull();
  });

  it('that cannot be read back as a whole is none, and takes the place of no other one', async () => {
    const server = await startServer('Alone');
    const folder = join(server.dataDirectory, 'backups');
    await server.call('settings.set', { backupsKept: 1 });
    const { last } = await server.call('backup.now', {});
    const inTheWay = join(server.dataDirectory, 'ledger.db.verified');
    mkdirSync(inTheWay);
    await expect(server.call('backup.now', {})).rejects.toThrow('BACKUP_FAILED');
    await expect(server.call('backup.now', {})).rejects.toThrow('BACKUP_FAILED');
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([last?.file]);
    rmdirSync(inTheWay);
    expect(await server.call('backup.now', {})).toMatchObject({ problem: null, count: 1 });
  });

  it('that cannot be made is said until one is', async () => {
    const server = await startServer('Alone');
    const folder = join(makeTemporaryDirectory(), 'file');
    writeFileSync(folder, 'no folder');
    await server.call('settings.set', { backupFolder: folder });
    await expect(server.call('backup.now', {})).rejects.toThrow('BACKUP_FAILED');
    expect((await server.call('snapshot', {})).backups.problem?.message).toContain(folder);
    expect(await server.timeline('backupFailed')).toHaveLength(1);
    await server.call('settings.set', { backupFolder: '' });
    expect(await server.call('backup.now', {})).toMatchObject({ problem: null, count: 1 });
  });
});

describe('a main server that is restored from a backup', () => {
  it('is one that was put back: it serves when its partner has given it what is newer', async () => {
    const [main, backup] = [await startServer('Main'), await startServer('Backup')];
    const license = { id: 'cad', feature: 'cad', units: 3, redundancy: 'backup' } as const;
    await main.install(await makeVendor(), { ...license, ttlSeconds: 600 });
    await makeBackup({ main, backup, settings: quickSettings });
    const terminal = makeTerminal();
    const run = (...args: string[]) => runIn(terminal, ...args, '--data-dir', main.dataDirectory);
    expect((await run('backup', 'a.backup')).status).toBe(0);
    const later = (await connect(main).checkout('later', 'cad')).body as LeaseAnswer;
    await main.kill();
    const restored = await run('restore', 'a.backup', '--replace');
    expect(restored).toMatchObject({ status: 0, stderr: '' });
    expect(restored.stdout).toContain('Other servers have newer data');
    await main.start();
    await waitFor('the main server serves again', async () => {
      return (await serves(main, main)) && (await isInSync(main));
    });
    expect((await main.leases('cad')).map(({ id }) => id)).toEqual([later.lease.id]);
    expect(await main.timeline('dataMissing', 'dataGivenBack')).toMatchObject([
      { kind: 'dataMissing', message: expect.stringContaining('was restored here') },
      { kind: 'dataGivenBack' },
    ]);
    await waitFor('the partner has noticed it', async () => {
      const noticed = await backup.timeline('directoryPutBack');
      return noticed.some(({ server }) => server === backup.id);
    });
  });
});

describe('docs/admin/move.md', skipFor(noShell), () => {
  it('moves a server with its seats, typed as it is written', async () => {
    const [old, fresh] = [new TypistHost(), new TypistHost()];
    mkdirSync(old.dataDirectory, { mode: 0o700 });
    const settings = { listenHost: '127.0.0.1', listenPort: 0, mdns: false };
    writeFileSync(join(old.dataDirectory, 'server.json'), JSON.stringify(settings));
    const first = startServe(old.dataDirectory, { args: [] });
    const { id, port } = await first.ready();
    const vendor = await makeVendor();
    await callAdmin(old.dataDirectory, 'vendor.trust', { content: vendor.publicFile });
    const content = await makeLicenseFile(vendor, { id: 'cad', feature: 'cad', ttlSeconds: 600 });
    await callAdmin(old.dataDirectory, 'license.import', { content, fileName: 'cad.lic' });
    const { body } = await connect({ port }).checkout('holder', 'cad');
    const { lease } = body as LeaseAnswer;

    const [trial = '', last = '', restore = '', serve = ''] = shellBlocks('docs/admin/move.md');
    for (const block of [trial, last]) {
      const { status, output } = await old.type(block);
      expect({ block, status, output }).toMatchObject({ status: 0 });
    }
    expect(await first.exited()).toBe(0);
    for (const name of ['moved.backup', 'passphrase']) {
      cpSync(join(old.folder, name), join(fresh.folder, name));
    }
    expect(await fresh.type(restore)).toMatchObject({ status: 0 });
    expect(serve.trim()).toBe('understudy serve --data-dir /var/lib/understudy');
    const second = startServe(fresh.dataDirectory, { args: [] });
    const ready = await second.ready();
    expect(ready.id).toBe(id);
    const renewed = await connect(ready).send('POST', `/v1/leases/${lease.id}/renew`);
    expect(renewed).toMatchObject({ status: 200, body: { lease: { id: lease.id } } });
    const story = await callAdmin(fresh.dataDirectory, 'events.list', {});
    expect(story).toMatchObject({
      value: {
        events: expect.arrayContaining([
          expect.objectContaining({
            kind: 'directoryPutBack',
            message: expect.stringContaining('A backup of this server was restored'),
          }),
        ]),
      },
    });
  });
});
