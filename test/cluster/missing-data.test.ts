import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { connect, startServer } from './started-server.ts';

const posixOnly = process.platform === 'win32' ? 'files in use cannot be deleted there' : null;

const ledgerIn = ({ dataDirectory }: LicenseServer) => join(dataDirectory, 'ledger.db');
const suffixes = ['', '-wal', '-shm'];

function deleteFiles(server: LicenseServer, ...which: string[]): void {
  for (const suffix of which) rmSync(ledgerIn(server) + suffix, { force: true });
}

async function statusOf(client: ClientConnection, path: string): Promise<unknown> {
  const { status, body } = await client.send('GET', path);
  return { status, body };
}

describe('a server alone that lost its data', skipFor(posixOnly), () => {
  it.each([
    ['its journal', ['-wal', '-shm']],
    ['its whole ledger', suffixes],
  ])('%s says so everywhere and serves when an admin accepts it', async (_name, lost) => {
    const server = await startServer('Alone');
    await server.install(await makeVendor(), { id: 'cad', feature: 'cad', ttlSeconds: 60 });
    expect((await connect(server).checkout('one', 'cad')).status).toBe(201);
    await server.kill();
    deleteFiles(server, ...lost);

    await server.start();
    const client = connect(server);
    const missing = expect.stringContaining('understudy ledger accept-loss');
    expect(await statusOf(client, '/healthz')).toMatchObject({
      status: 503,
      body: { reasons: [{ code: 'DATA_MISSING', message: missing }] },
    });
    const { missingData, serving } = await server.call('snapshot', {});
    expect(missingData).toMatchObject({ message: missing, givers: [] });
    expect(serving.state).toBe('stopped');
    expect(server.stderr).toContain('understudy ledger accept-loss');
    expect(await server.timeline('dataMissing')).toMatchObject([{ severity: 'error' }]);
    expect(await client.checkout('two', 'cad')).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('lost some of its data') },
    });
    await expect(server.call('demo.install', { consent: true })).rejects.toThrow('NOT_SERVING');

    // It does not forget it by being started again.
    await server.stop();
    await server.start();
    expect((await server.call('status', {})).missingData).not.toBeNull();
    await server.call('ledger.acceptLoss', {});
    await waitFor('it serves again', async () => {
      return (await server.call('snapshot', {})).serving.state === 'serving';
    });
    await server.call('demo.install', { consent: true });
    expect((await connect(server).checkout('two', 'editor')).status).toBe(201);
    await server.stop();
    await server.start();
    expect((await server.call('status', {})).missingData).toBeNull();
    expect(await server.timeline('dataLossAccepted')).toHaveLength(1);
    await expect(server.call('ledger.acceptLoss', {})).rejects.toThrow('BAD_REQUEST');
  });
});

describe('a server whose ledger is deleted while it serves', skipFor(posixOnly), () => {
  it('writes it anew, and nothing is missing after its next start', async () => {
    const server = await startServer('Alone');
    await server.install(await makeVendor(), { id: 'cad', feature: 'cad', units: 3 });
    const client = connect(server);
    const { body } = await client.checkout('one', 'cad');
    deleteFiles(server, ...suffixes);
    await waitFor('it says so', async () => {
      const { events } = await server.call('snapshot', {});
      return events.some(({ kind }) => kind === 'storeRecovered');
    });
    expect(await server.timeline('storeRecovered')).toMatchObject([
      { message: expect.stringContaining('was deleted while the server ran') },
    ]);
    await waitFor('it grants again', async () => {
      return (await client.checkout('two', 'cad')).status === 201;
    });
    await server.kill();
    await server.start();
    expect((await server.call('status', {})).missingData).toBeNull();
    const id = (body as { lease: { id: string } }).lease.id;
    expect((await server.leases('cad')).map((lease) => lease.id)).toContain(id);
  });
});

describe('a main server that lost its data', skipFor(posixOnly), () => {
  it.each([
    ['its journal', ['-wal', '-shm']],
    ['its whole ledger', suffixes],
  ])('%s gets it back from its backup before it serves', async (_name, lost) => {
    const [main, backup] = [await startServer('Main'), await startServer('Backup')];
    const vendor = await makeVendor();
    const license = { id: 'cad', feature: 'cad', units: 3, redundancy: 'backup' } as const;
    await main.install(vendor, { ...license, ttlSeconds: 600 });
    await makeBackup({ main, backup, settings: quickSettings });
    const granted = await connect(main).checkout('one', 'cad');
    expect(granted.status).toBe(201);
    await main.kill();
    deleteFiles(main, ...lost);

    await main.start();
    await waitFor('the main server serves with all that it had', async () => {
      return (await serves(main, main)) && (await isInSync(main));
    });
    expect((await main.call('status', {})).missingData).toBeNull();
    expect(await main.timeline('dataMissing')).toHaveLength(1);
    expect(await main.timeline('dataGivenBack')).toHaveLength(1);
    const { id } = (granted.body as { lease: { id: string } }).lease;
    expect((await main.leases('cad')).map((lease) => lease.id)).toEqual([id]);
    expect(await main.timeline('overdraftBegan')).toEqual([]);
  });

  it('does not serve while its backup is away', async () => {
    const [main, backup] = [await startServer('Main'), await startServer('Backup')];
    await main.install(await makeVendor(), { id: 'cad', feature: 'cad', redundancy: 'backup' });
    await makeBackup({ main, backup, settings: { ...quickSettings, coldStartWaitMs: 0 } });
    await Promise.all([main.kill(), backup.kill()]);
    deleteFiles(main, '-wal', '-shm');
    await main.start();
    const client = connect(main);
    // Far longer than it waits for another server at a cold start.
    await waitFor('it has taken the other one for dead', async () => {
      const { ledgers, missingData } = await main.call('status', {});
      return missingData !== null && ledgers.every(({ here }) => here === 'isolated');
    });
    expect((await client.checkout('one', 'cad')).status).toBe(503);
    await backup.start();
    await waitFor('it serves again', () => serves(main, main));
    expect(await main.timeline('dataGivenBack')).toHaveLength(1);
  });
});

describe('a data directory that is open to everybody', skipFor(posixOnly), () => {
  it('has files for its owner only, and a reader of the former lock keeps no server away', async () => {
    const dataDirectory = join(makeTemporaryDirectory(), 'open');
    mkdirSync(dataDirectory, { mode: 0o755 });
    chmodSync(dataDirectory, 0o755);
    for (const name of ['node.lock', 'server.json']) {
      writeFileSync(join(dataDirectory, name), name === 'node.lock' ? '' : '{}', { mode: 0o644 });
    }
    const reader = new DatabaseSync(join(dataDirectory, 'node.lock'), { readOnly: true });
    onTestFinished(() => reader.close());
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM sqlite_schema').all();

    const server = new LicenseServer({ name: 'Open', dataDirectory });
    onTestFinished(() => server.kill());
    await server.start();
    await server.install(await makeVendor(), { id: 'cad', feature: 'cad' });
    await server.call('backup.now', {});
    const names = readdirSync(dataDirectory, { recursive: true, encoding: 'utf8' });
    expect(names).toEqual(expect.arrayContaining(['ledger.db', 'ledger.db-wal', 'backups']));
    const open = names.filter((name) => (statSync(join(dataDirectory, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
    expect(await server.timeline('filesOpenToOthers')).toEqual([]);
  });
});
