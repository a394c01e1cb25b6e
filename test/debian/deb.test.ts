import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoNetwork } from '../support/network.ts';
import { shellBlocks } from '../support/shell-blocks.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { Host } from './debian-host.ts';
import { whyNoDebian } from './debian-root.ts';
import { Packages } from './packages.ts';

// The packages for Linux as an admin uses them, on a Debian that was booted for it.

const missing = whyNoDebian() ?? whyNoNetwork();
const data = '/var/lib/understudy';
const at = ['--data-dir', data];

let packages: Packages;
beforeAll(async () => {
  if (missing === null) packages = await Packages.make();
});
afterAll(() => packages?.remove());

/** What it takes until clients are served again, in seconds. */
async function secondsOf(host: Host, work: () => Promise<unknown>): Promise<string> {
  const begunMs = performance.now();
  await work();
  await host.untilServing();
  return ((performance.now() - begunMs) / 1000).toFixed(1);
}

describe('the package for Debian', skipFor(missing), () => {
  it('installs a service that serves, outlives a crash, a power cut and an upgrade, and goes', async () => {
    const host = await Host.make();
    const { machine } = host;
    const before = new Set(await host.files());
    const installed = await secondsOf(host, async () => {
      await host.install(packages.deb);
      // Installed when it serves, and not some time later.
      expect(await host.state('ActiveState')).toBe('active');
    });

    await host.addLicense();
    const status = await machine.do('understudy', 'status', '--json', ...at);
    const { server } = JSON.parse(status) as { server: { id: string } };

    await machine.do('systemctl', 'kill', '--signal=SIGKILL', 'understudy');
    await waitFor('it was started again', async () => (await host.state('NRestarts')) === '1');
    await host.untilServing();
    await machine.powerOff();
    await machine.boot();
    await host.untilServing();

    const restart = () => machine.do('systemctl', 'restart', 'understudy');
    const restarted = await secondsOf(host, restart);
    const newer = await packages.makeDeb('0.1.1');
    const upgraded = await secondsOf(host, async () => {
      await host.install(newer);
      expect(await host.state('ActiveState')).toBe('active');
    });
    console.log(
      `The package has ${(statSync(newer).size / 1e6).toFixed(1)} MB before it is compressed. Until clients are ` +
        `served: installation ${installed} s; restart ${restarted} s; upgrade ${upgraded} s.`,
    );
    const listed = await machine.do('understudy', 'license', 'list', '--json', ...at);
    expect(JSON.parse(listed)).toMatchObject({ licenses: [{ feature: 'cad', units: 5 }] });
    const after = JSON.parse(await machine.do('understudy', 'status', '--json', ...at)) as unknown;
    expect(after).toMatchObject({ server: { id: server.id } });
    const log = await machine.do('journalctl', '-u', 'understudy', '-o', 'cat', '--no-pager');
    // One for each start: it stopped in order each time but for the two that were cut off.
    expect(log.match(/^ready /gm)).toHaveLength(5);
    expect(log).not.toMatch(/^understudy: /m);

    await machine.do('apt-get', 'remove', '-y', 'understudy');
    expect((await machine.run('systemctl', 'status', 'understudy')).status).not.toBe(0);
    await machine.do('test', '-f', `${data}/ledger.db`);
    await machine.do('apt-get', 'purge', '-y', 'understudy');
    const left = (await host.files()).filter((file) => !before.has(file));
    expect(left).toEqual([]);
    expect((await machine.run('id', 'understudy')).status).not.toBe(0);
  });

  it('lets root and the members of its group administer it, and shows nobody its files', async () => {
    const host = await Host.make();
    const { machine } = host;
    await host.install(packages.deb);
    const asAda = (...command: string[]) => machine.runAs({ account: 'ada' }, ...command);
    const refused = await asAda('understudy', 'status', ...at);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    await machine.do('usermod', '-aG', 'understudy', 'ada');
    // The machine's file names it: nobody has to say where it is.
    expect(await asAda('understudy', 'status')).toMatchObject({ status: 0 });
    expect((await asAda('understudy', 'client', 'list')).stderr).not.toContain(data);
    const open = await machine.do('find', data, '-type', 'f', '-perm', '/077');
    expect(open).toBe('');
    for (const file of ['server-key.pem', 'ledger.db']) {
      expect((await asAda('cat', `${data}/${file}`)).stderr).toContain('Permission denied');
    }
    expect((await asAda('ls', data)).stderr).toContain('Permission denied');
  });

  it('has a unit that systemd finds no fault with, and that is closed off', async () => {
    const host = await Host.make();
    const { machine } = host;
    await host.install(packages.deb);
    const unit = '/usr/lib/systemd/system/understudy.service';
    const verified = await machine.run('systemd-analyze', 'verify', unit);
    expect(verified).toEqual({ status: 0, stdout: '', stderr: '' });
    // Ten times systemd's measure of exposure, of which 96 is the most.
    await machine.do('systemd-analyze', 'security', '--threshold=15', 'understudy.service');
  });
});

describe('the archive for Linux', skipFor(missing), () => {
  it('is installed as docs/admin/install-linux.md says', async () => {
    const host = await Host.make();
    const { machine } = host;
    const tarball = await packages.makeTarball();
    machine.put(tarball, '/root/understudy-0.1.0-linux-x64.tar.gz');
    const commands = shellBlocks('docs/admin/install-linux.md').at(-1);
    await machine.do('sh', '-exc', `cd /root\n${commands}`);
    expect(await host.state('ActiveState')).toBe('active');
    await host.untilServing();
  });
});
