import { appendFileSync, copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNetwork, type NetworkHost, whyNoNetwork } from '../support/network.ts';
import { shellBlocks } from '../support/shell-blocks.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { Host } from './debian-host.ts';
import { whyNoDebian } from './debian-root.ts';
import { Packages } from './packages.ts';

// Pages of docs/admin, typed as they are written on hosts where the package is installed.

const missing = whyNoDebian() ?? whyNoNetwork();
const names = ['licences-1', 'licences-2', 'licences-3'] as const;

let packages: Packages;
beforeAll(async () => {
  if (missing === null) packages = await Packages.make();
});
afterAll(() => packages?.remove());

/** Hosts that know each other by name, as by a DNS. */
async function makeHosts(): Promise<Host[]> {
  const networks = makeNetwork(names.length);
  const known = networks.map(({ address }, at) => `${address} ${names[at]}\n`).join('');
  return Promise.all(networks.map((network, at) => makeHost(network, names[at] ?? '', known)));
}

async function makeHost(network: NetworkHost, name: string, known: string): Promise<Host> {
  const host = await Host.make(network);
  await host.machine.do('hostname', name);
  appendFileSync(host.machine.inside('/etc/hosts'), known);
  return host;
}

/** Types a block as root in its home folder; resolves to what it prints. */
async function type({ machine }: Host, block: string | undefined): Promise<string> {
  const { status, stdout, stderr } = await machine.run('sh', '-exc', `cd /root\n${block}`);
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

interface Status {
  server: { id: string };
  readiness: { ready: boolean };
  ledgers: { active: string | null }[];
}

async function statusOf({ machine }: Host): Promise<Status> {
  return JSON.parse(await machine.do('understudy', 'status', '--json')) as Status;
}

async function untilReady(host: Host): Promise<void> {
  const isReady = async () => (await statusOf(host)).readiness.ready;
  await waitFor('a failover would work', isReady, 120_000);
}

describe('two hosts with the package installed', skipFor(missing), () => {
  it('are set up, upgraded, backed up, restored and replaced as the pages say', async () => {
    const [main, backup, fresh] = await makeHosts();
    if (!main || !backup || !fresh) throw new Error('three hosts');
    for (const host of [main, backup]) await host.install(packages.deb);

    const [licences, invite, pair, drill] = shellBlocks('docs/admin/first-relationship.md');
    await main.issueLicense({ redundancy: 'backup' });
    await type(main, licences);
    const code = /\b\w{5}(?:-\w{5}){3}\b/.exec(await type(main, invite))?.[0] ?? '';
    await type(backup, pair?.replace('CODE', code));
    await untilReady(backup);
    expect(await type(backup, 'understudy status')).toContain('Failover: ready');
    await type(backup, drill);

    // The standby first, as docs/admin/upgrade.md says.
    const { server: former } = await statusOf(main);
    for (const host of [backup, main]) {
      await untilReady(host);
      const place = '/var/lib/understudy/before-upgrade.backup';
      await type(host, `understudy backup ${place}`);
      await host.install(await packages.makeDeb('0.1.1'));
      await untilReady(host);
      // The program in it is the same, but for the package that it came in.
      const installed = await host.machine.do('dpkg-query', '-W', '-f', '${Version}', 'understudy');
      expect(installed).toBe('0.1.1');
    }

    const [withKey, restore] = shellBlocks('docs/admin/backup.md');
    await type(main, withKey);
    await type(main, restore);
    await untilReady(main);
    expect((await statusOf(main)).server.id).toBe(former.id);

    const [away, here] = shellBlocks('docs/admin/move.md').slice(-2);
    await fresh.install(await packages.makeDeb('0.1.1'));
    await type(main, away);
    for (const name of ['moved.backup', 'passphrase']) {
      const path = `/root/${name}`;
      copyFileSync(main.machine.inside(path), fresh.machine.inside(path));
    }
    await type(fresh, here);
    await untilReady(fresh);
    const { server, ledgers } = await statusOf(fresh);
    expect(server.id).toBe(former.id);
    await waitFor('it serves its licences again', async () =>
      (await statusOf(fresh)).ledgers.some(({ active }) => active === former.id),
    );
    expect(ledgers).toHaveLength(1);
    const listed = await fresh.machine.do('understudy', 'license', 'list', '--json');
    expect(JSON.parse(listed)).toMatchObject({ licenses: [{ feature: 'cad', units: 5 }] });
  });
});
