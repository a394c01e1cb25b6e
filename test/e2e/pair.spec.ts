import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { drillReportSchema } from '../../src-shared/model/relationship.ts';
import { AppWindow, chooseTarget } from './pages/app-window.ts';
import {
  allowFailover,
  expectReady,
  findPort,
  forbidFailover,
  install,
  invite,
  kill,
  pairByAddress,
} from './support/real-pair.ts';
import { shownState } from './support/tray-state.ts';
import { expect, test, type Understudy } from './support/understudy.ts';

// Two real applications, each with its own data directory, tray and notifications: set up through
// their windows, then one is killed and comes back.

const folder = 'test-results/screenshots';

test('two windows pair, set a backup up, and tell of a failover and its end', async ({
  launch,
}) => {
  test.setTimeout(240_000);
  await mkdir(folder, { recursive: true });
  const port = await findPort();
  const quiet = { mdns: false };
  const main = await launch({ nodeSettings: { name: 'SRV-A', listenPort: port, ...quiet } });
  const backup = await launch({ nodeSettings: { name: 'SRV-B', ...quiet } });
  const [a, b] = [await AppWindow.open(main), await AppWindow.open(backup)];
  await install(
    main,
    { id: 'acme-cad', feature: 'cad', units: 5, redundancy: 'backup' },
    { id: 'acme-own', feature: 'own', redundancy: 'none' },
  );

  await pairByAddress(b, port, await invite(a), 'SRV-A');
  await expect(a.servers.dialog).toContainText('Paired with SRV-B');
  await a.servers.dialog.getByRole('button', { name: 'Close' }).click();
  await expect(a.servers.row('SRV-B')).toContainText('Connected');

  await a.goTo('Failover');
  for (let step = 0; step < 3; step++) await a.failover.next();
  await expect(a.failover.wizard).toContainText('Nothing is missing.');
  await expect(a.failover.wizard).toContainText('1 of 2 licences would be covered');
  await a.failover.wizard.getByRole('button', { name: 'Set up the backup' }).click();
  await expect(a.page.getByText('The backup is set up.')).toBeVisible({ timeout: 30_000 });
  await forbidFailover(main);
  await a.page.screenshot({ path: join(folder, 'pair-set-up.png') });
  await expect.poll(() => shownState(main)).toBe('serving');
  await expect.poll(() => shownState(backup)).toBe('standby');
  await b.goTo('Overview');
  await expect(b.overview.readiness).toContainText('A failover would work now.');
  await expect(b.overview.picture).toHaveAccessibleName(
    'Main SRV-A: serving; Backup SRV-B: ready to take over; the two are connected, synchronised',
  );
  await b.page.screenshot({ path: join(folder, 'pair-standby.png') });
  expect(await main.checkout('cad', 'one')).toBe(201);

  await allowFailover(main);
  await kill(main);
  const told = await backup.notifications.waitFor('SRV-A stopped responding');
  expect(told.body).toContain('SRV-B is serving 1 licence, 1 seat kept.');
  await expect.poll(() => shownState(backup)).toBe('failover');
  await expect(b.overview.server).toContainText('Serving as failover server');
  await b.page.screenshot({ path: join(folder, 'pair-failover-overview.png') });
  await b.goTo('Licences');
  await expect(b.licences.row('cad')).toContainText(/This server\s*failover since \d/);
  await b.page.screenshot({ path: join(folder, 'pair-failover-licences.png') });

  expect(await backup.checkout('cad', 'one')).toBe(200);
  expect(await backup.checkout('cad', 'two')).toBe(201);
  expect(await backup.checkout('own', 'two')).toBe(503);

  const returned = await launch({ dataDirectory: main.dataDirectory });
  const again = await AppWindow.open(returned);
  await backup.notifications.waitFor('SRV-A took its licences back from SRV-B', 60_000);
  await forbidFailover(backup);
  await expectReady(returned, backup);
  await expect.poll(() => shownState(backup)).toBe('standby');
  await expect(b.licences.row('cad')).toContainText(/SRV-A\s*primary since \d/);
  await again.goTo('Licences');
  await expect(again.licences.row('cad')).toContainText('2 of 5');
  expect(backup.notifications.titles).toEqual([
    'SRV-A stopped responding',
    'SRV-A took its licences back from SRV-B',
  ]);
  expect([...a.complaints, ...b.complaints]).toEqual([]);

  await again.goTo('Overview');
  await again.overview.relationship.getByRole('button', { name: 'Drill …' }).click();
  await again.overview.dialog.getByRole('button', { name: 'Start the drill' }).click();
  await expect(again.overview.dialog.getByRole('heading', { name: 'Drill passed' })).toBeVisible();
  await again.page.screenshot({ path: join(folder, 'pair-drill.png') });
  await expectReport(returned, again);
  await again.overview.dialog.getByRole('button', { name: 'Close' }).click();
  await expect(again.overview.picture).toHaveAccessibleName(/^Main SRV-A: serving; /);

  await returned.app.evaluate(({ dialog }) => {
    dialog.showMessageBox = () => Promise.resolve({ response: 0, checkboxChecked: false });
  });
  await returned.tray.choose('Switch over to SRV-B …');
  const moved = await returned.notifications.waitFor('SRV-B serves now');
  expect(moved.body).toMatch(/^1 licence with 2 seats in use moved in (\d+ ms|[\d.]+ s)\.$/);
  await expect.poll(() => returned.tray.labels()).toContain('Fail back to SRV-A …');
  await expect.poll(() => returned.tray.tooltip()).toContain('SRV-B serves for SRV-A');
});

/** The buttons of the report of a drill that is shown open it, and write a copy of it. */
async function expectReport(understudy: Understudy, window: AppWindow): Promise<void> {
  const { app, dataDirectory } = understudy;
  await app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openPath = (path) => {
      opened.push(path);
      return Promise.resolve('');
    };
  });
  const { dialog } = window.overview;
  await dialog.getByRole('button', { name: 'Open report' }).click();
  const opened = () => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  await expect.poll(opened).toHaveLength(1);
  const [path = ''] = await opened();
  expect(dirname(path)).toBe(join(dataDirectory, 'drills'));
  const target = await chooseTarget(understudy, 'copy.json');
  await dialog.getByRole('button', { name: 'Export report …' }).click();
  await expect(dialog).toContainText(target);
  const report = await readFile(path, 'utf8');
  expect(drillReportSchema.parse(JSON.parse(report)).passed).toBe(true);
  expect(await readFile(target, 'utf8')).toBe(report);
}
