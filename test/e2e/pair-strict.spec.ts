import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { AdminClient } from '../../src-main/admin/admin-client.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { AppWindow } from './pages/app-window.ts';
import {
  allowFailover,
  expectReady,
  findPort,
  forbidFailover,
  freeze,
  install,
  invite,
  pairByAddress,
} from './support/real-pair.ts';
import { shownState } from './support/tray-state.ts';
import { electronBinary, expect, test } from './support/understudy.ts';

// Real applications, each with its own data directory, tray and notifications.

const folder = 'test-results/screenshots';
const quiet = { mdns: false };

test('a strict backup with a witness: set up, frozen main, dissolved, all through the windows', async ({
  launch,
}) => {
  test.setTimeout(240_000);
  await mkdir(folder, { recursive: true });
  const [portA, portW] = [await findPort(), await findPort()];
  const main = await launch({ nodeSettings: { name: 'SRV-A', listenPort: portA, ...quiet } });
  const backup = await launch({ nodeSettings: { name: 'SRV-B', ...quiet } });
  const directory = await mkdtemp(join(tmpdir(), 'us-w-'));
  const args = ['--listen', `127.0.0.1:${portW}`, '--name', 'SRV-W'];
  let thaw = () => {};
  const serve = new ServeProcess(directory, { args, built: true, runtime: electronBinary() });
  try {
    await serve.ready();
    const atWitness = new AdminClient({ address: adminAddress(directory) });
    const [a, b] = [await AppWindow.open(main), await AppWindow.open(backup)];
    const covered = { id: 'acme-cad', feature: 'cad', units: 5, redundancy: 'backup' } as const;
    await install(main, covered, { id: 'acme-own', feature: 'own', redundancy: 'none' });

    await pairByAddress(b, portA, await invite(a), 'SRV-A');
    await a.servers.dialog.getByRole('button', { name: 'Close' }).click();
    for (const window of [a, b]) {
      const invitation = await atWitness.call('servers.invite', { allow: 'relationship' });
      if (!invitation.ok) throw new Error(invitation.message);
      await pairByAddress(window, portW, invitation.value.code, 'SRV-W');
    }
    await expect(a.servers.row('SRV-W')).toContainText('Connected');

    await a.goTo('Failover');
    await a.failover.next();
    await a.failover.wizard.getByLabel(/^Backup/).selectOption({ label: 'SRV-B' });
    await a.failover.next();
    await a.failover.wizard.getByRole('radio', { name: /^Strict/ }).click();
    await a.failover.wizard
      .getByRole('combobox', { name: 'Witness' })
      .selectOption({ label: 'SRV-W' });
    await a.page.screenshot({ path: join(folder, 'strict-policy.png') });
    await a.failover.next();
    await expect(a.failover.wizard).toContainText('Nothing is missing.');
    await a.failover.wizard.getByRole('button', { name: 'Set up the backup' }).click();
    await expect(a.page.getByText('The backup is set up.')).toBeVisible({ timeout: 30_000 });
    await forbidFailover(main);
    await a.page.screenshot({ path: join(folder, 'strict-set-up.png') });
    await expect(a.failover.picture).toHaveAccessibleName(/Witness SRV-W: /);
    await expect.poll(() => shownState(backup)).toBe('standby');
    expect(await main.checkout('cad', 'one')).toBe(201);

    await allowFailover(main);
    thaw = await freeze(main);
    const told = await backup.notifications.waitFor('SRV-A stopped responding');
    expect(told.body).toContain('1 licence is not covered and waits for SRV-A.');
    await expect.poll(() => shownState(backup)).toBe('failover');
    await b.goTo('Overview');
    await expect(b.overview.server).toContainText('Serving as failover server');
    await b.page.screenshot({ path: join(folder, 'strict-frozen-overview.png') });
    await b.goTo('Licences');
    await expect(b.licences.row('cad')).toContainText(/This server\s*failover since \d/);
    await expect(b.licences.row('own')).toContainText('waits for SRV-A');
    await b.page.screenshot({ path: join(folder, 'strict-frozen-licences.png') });
    thaw();
    await backup.notifications.waitFor('SRV-A took its licences back from SRV-B', 60_000);
    await forbidFailover(backup);
    await expectReady(main, backup);
    await expect.poll(() => shownState(backup)).toBe('standby');

    await a.goTo('Failover');
    await a.failover.details.getByRole('button', { name: 'Dissolve …' }).click();
    await a.failover.dialog.getByRole('button', { name: 'Dissolve', exact: true }).click();
    await expect(a.failover.wizard).toBeVisible({ timeout: 30_000 });
    await a.page.screenshot({ path: join(folder, 'strict-dissolved.png') });
    await expect.poll(async () => (await backup.snapshot()).node?.relationship).toBeNull();
    expect(await main.checkout('cad', 'one')).toBe(200);
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  } finally {
    thaw();
    await serve.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
});
