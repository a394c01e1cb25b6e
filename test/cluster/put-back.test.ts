import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyDirectory, putBack } from '../support/copied-directory.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor, type TestVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { CliProcess } from './cli-process.ts';
import { connect } from './started-server.ts';

const settings = { ...quickSettings, coldStartWaitMs: 2_000 };
const seats = { units: 2, ttlSeconds: 600, redundancy: 'backup' } as const;

function makeServer(name: string): LicenseServer {
  const server = new LicenseServer({ name, dataDirectory: makeTemporaryDirectory() });
  onTestFinished(() => server.kill());
  return server;
}

async function startPair(vendor: TestVendor): Promise<[LicenseServer, LicenseServer]> {
  const [main, backup] = [makeServer('Main'), makeServer('Backup')];
  await Promise.all([main.start(), backup.start()]);
  await main.install(vendor, seats);
  await makeBackup({ main, backup, settings });
  return [main, backup];
}

interface Seat {
  id: string;
  token: string;
}

async function takeSeat(server: LicenseServer, instance: string): Promise<Seat> {
  const client = connect(server);
  const { status, body } = await client.checkout(instance);
  expect(status).toBe(201);
  const { lease, token } = body as { lease: { id: string }; token: string };
  return { id: lease.id, token };
}

async function renew(server: LicenseServer, { id, token }: Seat): Promise<number> {
  const client = connect(server);
  const headers = { 'understudy-token': token };
  return (await client.send('POST', `/v1/leases/${id}/renew`, undefined, { headers })).status;
}

async function holds(server: LicenseServer): Promise<{ leases: string[]; serials: number[] }> {
  const leases = (await server.leases('cad')).map(({ id }) => id).sort();
  const { licenses } = await server.call('snapshot', {});
  return { leases, serials: licenses.map(({ serial }) => serial) };
}

/** What `understudy status` prints. */
async function statusText({ dataDirectory }: LicenseServer): Promise<string> {
  const cli = new CliProcess(makeTemporaryDirectory(), ['status', '--data-dir', dataDirectory]);
  onTestFinished(() => cli.kill());
  expect(await cli.exited()).toBe(0);
  return cli.stdout;
}

describe('a backup whose directory is put back from an older copy after both lost power', () => {
  it.each(['Backup', 'Main'])(
    'costs no seat and no licence when %s starts first',
    async (first) => {
      const vendor = await makeVendor();
      const [main, backup] = await startPair(vendor);
      await backup.stop();
      const copy = copyDirectory(backup.dataDirectory);
      await backup.start();
      await waitFor('the backup is in sync', () => isInSync(main));
      const held = [await takeSeat(main, 'i-1'), await takeSeat(main, 'i-2')];
      await main.install(vendor, { ...seats, serial: 2 });
      await waitFor('the backup has all of it', () => isInSync(main));
      await Promise.all([main.kill(), backup.kill()]);
      putBack(backup.dataDirectory, copy);

      if (first === 'Backup') {
        await backup.start();
        // It cannot know better: nobody is there who would tell it.
        await waitFor('the backup serves alone', () => serves(backup, main));
        expect(await holds(backup)).toEqual({ leases: [], serials: [1] });
        await main.start();
      } else {
        await main.start();
        await waitFor('Main serves alone', () => serves(main, main));
        await backup.start();
      }
      await waitFor('Main serves', () => serves(main, main));
      await waitFor('both are in sync', () => isInSync(main));
      const all = { leases: held.map(({ id }) => id).sort(), serials: [2] };
      expect(await holds(main)).toEqual(all);
      expect(await holds(backup)).toEqual(all);
      for (const server of [main, backup]) {
        await waitFor(`${server.name} tells of it on its timeline`, async () => {
          const told = await server.timeline('directoryPutBack');
          return told.some(({ message }) => message.startsWith('Backup was put back'));
        });
        expect(await server.timeline('overdraftBegan')).toEqual([]);
      }
      expect(await statusText(main)).toContain('Backup was put back from an earlier state');
      expect(await statusText(backup)).toContain('This server was put back from an earlier state');

      await main.kill();
      await waitFor('the backup serves', () => serves(backup, main));
      for (const seat of held) expect(await renew(backup, seat)).toBe(200);
    },
  );
});

describe('a server with a vote whose directory is put back from an older copy', () => {
  it('lets nobody be elected without what it had acknowledged, and counts again when it has it', async () => {
    const vendor = await makeVendor();
    const [main, backup, witness] = [
      makeServer('Main'),
      makeServer('Backup'),
      makeServer('Witness'),
    ];
    await Promise.all([main.start(), backup.start(), witness.start()]);
    await main.install(vendor, seats);
    await makeBackup({ main, backup, witness, settings });
    await backup.stop();
    const copy = copyDirectory(backup.dataDirectory);
    await backup.start();
    await waitFor('the backup is in sync', () => isInSync(main));
    const seat = await takeSeat(main, 'i-1');
    await waitFor('the backup has all of it', () => isInSync(main));
    await Promise.all([main.kill(), backup.kill()]);
    putBack(backup.dataDirectory, copy);
    await backup.start();
    const message = expect.stringContaining('put back from an earlier state');
    await waitFor('the backup says what it lacks', async () => {
      return (await backup.call('status', {})).missingData !== null;
    });
    expect((await backup.call('status', {})).missingData).toMatchObject({ message });
    expect(await statusText(backup)).toContain('understudy ledger accept-loss');
    // Also after another start, of which the others know.
    await backup.stop();
    await backup.start();
    expect((await backup.call('status', {})).missingData).toMatchObject({ message });
    await expect(serves(backup, main)).resolves.toBe(false);

    await main.start();
    await waitFor('Main serves', () => serves(main, main));
    await waitFor('nothing is missing any longer', async () => {
      return (await backup.call('status', {})).missingData === null;
    });
    await waitFor('both are in sync', () => isInSync(main));
    expect((await holds(backup)).leases).toEqual([seat.id]);
    await main.kill();
    await waitFor('the backup serves', () => serves(backup, main));
    expect(await renew(backup, seat)).toBe(200);
  });
});

describe('a main server that is put back to a time before its relationship', () => {
  it('is united with its backup when its admin accepts, and nothing is lost', async () => {
    const vendor = await makeVendor();
    const [main, backup] = [makeServer('Main'), makeServer('Backup')];
    await Promise.all([main.start(), backup.start()]);
    await main.install(vendor, seats);
    await main.stop();
    const copy = copyDirectory(main.dataDirectory);
    await main.start();
    await makeBackup({ main, backup, settings });
    await main.install(vendor, { ...seats, serial: 2 });
    const seat = await takeSeat(main, 'i-1');
    await waitFor('the backup has all of it', () => isInSync(main));
    await main.kill();
    await waitFor('the backup serves', () => serves(backup, main));
    const second = await takeSeat(backup, 'i-2');
    putBack(main.dataDirectory, copy);
    // More often than the two were started since, so that its term is the later one.
    for (let times = 0; times < 4; times++) {
      await main.start();
      await main.stop();
    }
    await main.start();
    const third = await takeSeat(main, 'i-3');
    await waitFor('Main tells of a server that takes it for paired', async () => {
      const told = await main.timeline('pairingRefused');
      return told.some(({ message }) => message.includes('understudy servers invite'));
    });
    expect(await statusText(backup)).toContain('Pair the two again');

    const { code, addresses } = await main.call('servers.invite', {});
    await backup.call('servers.pair', { address: addresses[0] ?? '', code });
    const accept = 'understudy relationship accept Backup';
    for (const server of [main, backup]) {
      await waitFor(`${server.name} tells what is to be done`, async () => {
        const told = await server.timeline('directoryPutBack');
        return told.some(({ message }) => message.includes(accept));
      });
    }
    expect(await statusText(backup)).toContain(accept);
    expect(await statusText(main)).toContain('Backup asks for a relationship');
    // Neither has taken the other's word for anything.
    expect((await holds(main)).leases).toEqual([third.id]);
    expect((await holds(backup)).leases).toEqual([seat.id, second.id].sort());

    await main.call('relationship.accept', { id: backup.id });
    await waitFor('Main serves', () => serves(main, main));
    await waitFor('both are in sync', () => isInSync(main));
    const leases = [seat.id, second.id, third.id].sort();
    await waitFor('Main has everything', async () => (await holds(main)).leases.length === 3);
    expect(await holds(main)).toEqual({ leases, serials: [2] });
    await waitFor(
      'the backup has everything',
      async () => (await holds(backup)).leases.length === 3,
    );
    expect(await holds(backup)).toEqual({ leases, serials: [2] });
    for (const one of [seat, second, third]) expect(await renew(main, one)).toBe(200);
    expect(await main.timeline('overdraftBegan')).toHaveLength(1);
    expect((await backup.call('status', {})).relationship).toMatchObject({ state: 'established' });
  });

  it('gets everything again where a majority decides, when its own ledger is out of the way', async () => {
    const vendor = await makeVendor();
    const [main, backup, witness] = ['Main', 'Backup', 'Witness'].map(makeServer);
    if (!main || !backup || !witness) throw new Error('three servers were made');
    await Promise.all([main.start(), backup.start(), witness.start()]);
    await main.install(vendor, seats);
    await main.stop();
    const copy = copyDirectory(main.dataDirectory);
    await main.start();
    await makeBackup({ main, backup, witness, settings });
    const seat = await takeSeat(main, 'i-1');
    await waitFor('the backup has all of it', () => isInSync(main));
    await main.kill();
    await waitFor('the backup serves', () => serves(backup, main));
    putBack(main.dataDirectory, copy);
    await main.start();
    for (const other of [backup, witness]) {
      const { code, addresses } = await main.call('servers.invite', { allow: 'relationship' });
      await other.call('servers.pair', { address: addresses[0] ?? '', code });
    }
    for (const server of [main, backup]) {
      await waitFor(`${server.name} tells what is to be done`, async () => {
        const told = await server.timeline('directoryPutBack');
        return told.some(({ message }) => message.includes('move the files ledger.db'));
      });
    }
    expect(await statusText(backup)).toContain('move the files ledger.db');
    expect((await holds(backup)).leases).toEqual([seat.id]);

    await main.stop();
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(`${join(main.dataDirectory, 'ledger.db')}${suffix}`, { force: true });
    }
    await main.start();
    await waitFor('Main serves', () => serves(main, main));
    await waitFor('both are in sync', () => isInSync(main));
    expect((await holds(main)).leases).toEqual([seat.id]);
    expect(await renew(main, seat)).toBe(200);
    await waitFor('nothing is missing any longer', async () => {
      return (await main.call('status', {})).missingData === null;
    });
  });
});

describe('a ledger that is put back alone, without the other files', () => {
  it.each(['ledger.db', 'boots.json'])('is noticed when it is %s', async (file) => {
    const [main, backup] = await startPair(await makeVendor());
    await backup.stop();
    const copy = copyDirectory(backup.dataDirectory);
    await backup.start();
    await waitFor('the backup is in sync', () => isInSync(main));
    const seat = await takeSeat(main, 'i-1');
    await waitFor('the backup has all of it', () => isInSync(main));
    await backup.stop();
    copyFileSync(join(copy, file), join(backup.dataDirectory, file));
    await backup.start();
    await waitFor('both are in sync', () => isInSync(main));
    expect((await holds(backup)).leases).toEqual([seat.id]);
    await waitFor('the backup tells of it', async () => {
      const told = await backup.timeline('directoryPutBack');
      return told.some(({ message }) => message.includes('are not of one time'));
    });
    await waitFor('Main tells of it', async () => {
      const told = await main.timeline('directoryPutBack');
      return told.some(({ message }) => message.startsWith('Backup '));
    });
    expect(await statusText(backup)).toContain('This server was put back from an earlier state');
    // Once: the next start has parts of one time.
    await backup.stop();
    await backup.start();
    await waitFor('both are in sync again', () => isInSync(main));
    const own = (await backup.timeline('directoryPutBack')).filter(
      ({ server, message }) => server === backup.id && message.includes('are not of one time'),
    );
    expect(own).toHaveLength(1);
  });
});
