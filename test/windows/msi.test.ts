import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNetwork, whyNoNetwork } from '../support/network.ts';
import { shellBlocks } from '../support/shell-blocks.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { pack } from '../package/pack.ts';
import { loadScript } from '../unit/scripts/load-script.ts';
import { buildMakePipe, buildPipeAccess } from './host-programs.ts';
import { addLicense, data, front, MsiHost, port, properties, startPartner } from './msi-host.ts';
import type { WindowsMachine } from './windows-machine.ts';
import { whyNoWindows } from './windows-root.ts';

// The installer as an admin's script uses it, with the packaged program, beside a server on Linux.

const missing = whyNoWindows() ?? whyNoNetwork();

interface MsiScript {
  makeMsi(tree: string, output: string, options?: { version?: string }): Promise<void>;
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const begunMs = performance.now();
  await work();
  return performance.now() - begunMs;
}

/** For people, who compare them with those of another day and another machine. */
function printFigures(times: { installMs: number; startMs: number; upgradeMs: number }): void {
  const { installMs, startMs, upgradeMs } = times;
  const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const { size } = statSync(join(folder, 'newer.msi'));
  console.log(
    `The MSI has ${(size / 1e6).toFixed(1)} MB, of a program of ${(programBytes / 1e6).toFixed(1)} MB. ` +
      `Under wine: silent installation ${inSeconds(installMs)}; start of the service to /healthz ` +
      `${inSeconds(startMs)}; upgrade to /healthz ${inSeconds(upgradeMs)}.`,
  );
}

/** Paths of what is in a folder and those below it. */
function filesOf(tree: string): string[] {
  const entries = readdirSync(tree, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

let folder: string;
let programBytes: number;
beforeAll(async () => {
  if (missing !== null) return;
  // Electron's Node takes an archive for a folder.
  process.noAsar = true;
  folder = mkdtempSync(join(tmpdir(), 'us-'));
  const tree = pack('win');
  programBytes = filesOf(tree).reduce((sum, file) => sum + statSync(file).size, 0);
  const { makeMsi } = await loadScript<MsiScript>('msi');
  await makeMsi(tree, join(folder, 'older.msi'), { version: '0.1.0' });
  await makeMsi(tree, join(folder, 'newer.msi'), { version: '0.1.1' });
  rmSync(tree, { recursive: true });
});
afterAll(() => {
  if (missing === null) rmSync(folder, { recursive: true });
});

const program = 'Program Files/Understudy/Understudy.exe';

/** Where another account has made the pipe of the server, it is told nothing. */
async function refusesStranger(machine: WindowsMachine, pipe: string): Promise<void> {
  machine.put(await buildMakePipe(), 'make-pipe.exe');
  const ofStranger = [pipe, 'O:S-1-5-21-1-2-3-1001D:(A;;FA;;;WD)', 'C:\\made'];
  const making = machine.run('C:\\make-pipe.exe', ofStranger);
  await waitFor('the pipe is there', () => existsSync(machine.path('made')));
  const { status, stderr } = await machine.run(front, ['status']);
  expect(status).not.toBe(0);
  expect(stderr).toContain('was made by S-1-5-21-1-2-3-1001, which is neither this account');
  expect(await making).toEqual({ status: 0, stdout: '', stderr: '' });
}

/** Where a client finds its server: in the file of the machine, and before that in the policy. */
async function getsSeatByPolicy(machine: WindowsMachine): Promise<void> {
  const run = () => {
    const command = ['client', 'run', '--feature', 'cad', '--', 'cmd', '/c', 'echo held'];
    return machine.run(front, command);
  };
  const policy = 'HKLM\\SOFTWARE\\Policies\\Understudy\\Client';
  await machine.do(front, 'client', 'init', '--machine', '--server', '127.0.0.1:1');
  expect(existsSync(machine.path('Program Files/Understudy/client.json'))).toBe(true);
  expect(await run()).toMatchObject({ stdout: '', stderr: expect.stringContaining('127.0.0.1:1') });
  await machine.setRegistry(policy, 'Primary', `127.0.0.1:${port}`);
  expect(await run()).toMatchObject({ status: 0, stdout: 'held\r\n' });
  await machine.setRegistry(policy, 'Primary', 'nowhere');
  const wrong = 'The policy for licence clients in HKLM';
  expect(await run()).toMatchObject({ status: 1, stderr: expect.stringContaining(wrong) });
  rmSync(machine.path('Program Files/Understudy/client.json'));
}

/** Lines of a block of a page. */
function linesOf(block: string): string[] {
  return block.trim().split('\n');
}

describe('the MSI', skipFor(missing), () => {
  it('installs a service that serves, says goodbye, outlives boots and upgrades, and goes', async () => {
    const [here, there] = makeNetwork(2);
    if (!here || !there) throw new Error('a network of two');
    const host = new MsiHost(here, folder);
    const { machine } = host;
    const installMs = await timeOf(async () => {
      expect(await host.msiexec('/i', 'older.msi', properties)).toBe(0);
    });
    await machine.untilService('Understudy', 'RUNNING');
    await host.untilServing();

    machine.put(await buildPipeAccess(), 'pipe-access.exe');
    const digest = createHash('sha256').update(data.toLowerCase()).digest('hex');
    const pipe = `\\\\.\\pipe\\understudy-${digest.slice(0, 16)}`;
    // Not everybody to read, as by default. Wine has no groups, and so not that of the admins, and does not
    // keep that nothing is inherited (P).
    expect(await machine.do('C:\\pipe-access.exe', pipe)).toBe(
      'D:(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)\r\n',
    );

    // The same server, named by nobody, and in another spelling; wine does not write short names out.
    for (const at of [[], ['--data-dir', 'c:\\programdata\\UNDERSTUDY\\.']]) {
      expect(await machine.run(front, ['status', ...at])).toMatchObject({ status: 0 });
    }
    const listed = await host.understudy(['status', '--json']);
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(listed.stdout)).toMatchObject({ server: { version: '0.1.0' } });
    expect(listed.stdout[0]).toBe('{');
    expect((await host.understudy(['lease', 'release', 'nobody'])).status).not.toBe(0);
    await addLicense(host);

    await getsSeatByPolicy(machine);

    const partner = await startPartner(there);
    const { code } = await partner.call('servers.invite', {});
    const paired = await host.understudy(['servers', 'pair', `${there.address}:7470`, code]);
    expect(paired).toMatchObject({ status: 0 });
    const goodbyes = async () =>
      (await partner.timeline()).filter(({ message }) => message.endsWith('was stopped in order.'));
    await machine.do('net', 'stop', 'Understudy');
    await machine.untilService('Understudy', 'STOPPED');
    await waitFor('Partner heard a goodbye', async () => (await goodbyes()).length === 1);

    await refusesStranger(machine, pipe);
    const startMs = await timeOf(async () => {
      await machine.run('net', ['start', 'Understudy']);
      await host.untilServing();
    });
    await machine.powerOff();
    await machine.boot();
    await host.untilServing();

    const upgradeMs = await timeOf(async () => {
      expect(await host.msiexec('/i', 'newer.msi')).toBe(0);
      await host.untilServing();
    });
    // Clients are served a moment before the service has let admins at the pipe, and runs by that. Wine
    // knows no owner of it until then, and `net start` and `msiexec` do not wait there for it.
    await machine.untilService('Understudy', 'RUNNING');
    const licenses = await host.json(['license', 'list', '--json']);
    expect(licenses).toMatchObject({ licenses: [{ feature: 'cad', units: 5 }] });
    expect(await host.msiexec('/i', 'older.msi')).not.toBe(0);
    await host.untilServing();

    expect(await host.msiexec('/x', 'newer.msi')).toBe(0);
    expect(host.left('Program Files/Understudy')).toEqual([]);
    expect(host.has('ProgramData/Understudy/ledger.db')).toBe(true);
    expect((await machine.run('sc', ['query', 'Understudy'])).status).not.toBe(0);
    printFigures({ installMs, startMs, upgradeMs });
  });

  it('installs one that is protected, backed up and restored as docs/admin says', async () => {
    const [here, there] = makeNetwork(2);
    if (!here || !there) throw new Error('a network of two');
    const host = new MsiHost(here, folder);
    const { machine } = host;
    const named = [...properties, 'SERVERNAME=licences-1'];
    expect(await host.msiexec('/i', 'older.msi', named)).toBe(0);
    await machine.untilService('Understudy', 'RUNNING');
    await addLicense(host);
    const partner = await startPartner(there);
    await host.becomesProtectedBy(partner, there);
    const key = ['--passphrase-file', 'C:\\passphrase'];
    const file = `${data}\\with-key.backup`;
    machine.write('passphrase', 'a long passphrase\r\n');
    for (const command of [
      ['backup', file, '--with-identity', ...key],
      ['backup', 'verify', file, ...key],
    ]) {
      expect(await host.understudy(command)).toMatchObject({ status: 0 });
    }

    await machine.do('net', 'stop', 'Understudy');
    await machine.untilService('Understudy', 'STOPPED');
    await waitFor('Partner serves', async () =>
      (await partner.call('status', {})).ledgers.some(
        ({ id, active }) => id !== partner.id && active === partner.id,
      ),
    );
    const restored = await host.understudy(['restore', file, ...key, '--replace']);
    expect(restored).toMatchObject({ status: 0 });
    await machine.run('net', ['start', 'Understudy']);
    await machine.untilService('Understudy', 'RUNNING');
    await host.untilReady();
    expect(await host.json(['license', 'list', '--json'])).toMatchObject({
      licenses: [{ feature: 'cad', units: 5 }],
    });
  });

  it('installs one that moves to another host as docs/admin/move.md says', async () => {
    const [here, next, there] = makeNetwork(3);
    if (!here || !next || !there) throw new Error('a network of three');
    const [old, fresh] = [new MsiHost(here, folder), new MsiHost(next, folder)];
    const install = async (host: MsiHost) => {
      const chosen = [...properties, 'SERVERNAME=licences-1'];
      expect(await host.msiexec('/i', 'older.msi', chosen)).toBe(0);
      await host.machine.untilService('Understudy', 'RUNNING');
    };
    await install(old);
    await addLicense(old);
    const partner = await startPartner(there);
    await old.becomesProtectedBy(partner, there);
    await install(fresh);
    const { server: former } = await old.status();

    const [away = '', arriving = ''] = shellBlocks('docs/admin/move.md', 'bat');
    expect(await old.takeSeat('before-the-backup')).toBe(201);
    for (const line of linesOf(away)) {
      // Wine has not this command of sc.exe.
      if (line.startsWith('sc.exe config')) await old.machine.disableService('Understudy');
      else await old.type(line);
      if (line.includes(' backup ')) expect(await old.takeSeat('after-the-backup')).toBe(201);
      if (line.startsWith('net stop')) await old.machine.untilService('Understudy', 'STOPPED');
    }
    for (const name of ['moved.backup', 'passphrase']) {
      const inProfile = `users/root/${name}`;
      fresh.machine.put(old.machine.path(inProfile), inProfile);
    }
    for (const line of linesOf(arriving)) {
      await fresh.type(line);
      if (line.startsWith('net stop')) await fresh.machine.untilService('Understudy', 'STOPPED');
    }

    await fresh.machine.untilService('Understudy', 'RUNNING');
    await waitFor('it serves its licences again', async () =>
      (await fresh.status()).ledgers.some(({ active }) => active === former.id),
    );
    expect((await fresh.status()).server).toMatchObject({ id: former.id, name: 'licences-1' });
    expect(await fresh.takeSeat('at-its-new-place')).toBe(201);
    expect(await fresh.holders()).toEqual([
      'before-the-backup',
      'after-the-backup',
      'at-its-new-place',
    ]);
    await fresh.untilReady();

    // The former one does not come back with its host.
    await old.machine.powerOff();
    await old.machine.boot();
    expect(await old.machine.serviceState('Understudy')).toBe('STOPPED');
    expect(await old.msiexec('/x', 'older.msi')).toBe(0);
  });

  it('installs a service that is set up by a configuration file', async () => {
    const [network] = makeNetwork(1);
    if (!network) throw new Error('a network of one');
    const host = new MsiHost(network, folder);
    const { machine } = host;
    const config = (name: string) =>
      JSON.stringify({
        format: 'understudy-config/1',
        settings: { name, listenPort: port, usageKeptDays: 123 },
      });
    machine.write('site/server.json', config('From-a-file'));
    const chosen = ['CONFIG=C:\\site\\server.json', 'SERVICEACCOUNT=LocalSystem'];
    expect(await host.msiexec('/i', 'older.msi', chosen)).toBe(0);
    await host.untilServing();
    const exported = async () => {
      await machine.untilService('Understudy', 'RUNNING');
      return host.json(['config', 'export']);
    };
    expect(await exported()).toMatchObject({
      settings: { name: 'From-a-file', listenPort: port, usageKeptDays: 123 },
    });

    // The next version goes on with it, at each start.
    machine.write('site/server.json', config('Changed-since'));
    expect(await host.msiexec('/i', 'newer.msi')).toBe(0);
    await host.untilServing();
    expect(await exported()).toMatchObject({ settings: { name: 'Changed-since' } });
  });

  it('takes everything back when the service does not start', async () => {
    const [network] = makeNetwork(1);
    if (!network) throw new Error('a network of one');
    const host = new MsiHost(network, folder);
    const wrong = ['LISTEN=nowhere', 'SERVICEACCOUNT=LocalSystem'];
    expect(await host.msiexec('/i', 'older.msi', wrong)).not.toBe(0);
    expect(host.has(program)).toBe(false);
    expect((await host.machine.run('sc', ['query', 'Understudy'])).status).not.toBe(0);
  });
});
