import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LicenseOverride } from '../support/licenses.ts';
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
import { expect, test, type Understudy } from './support/understudy.ts';

// Two real applications that protect each other; the pictures of docs/screenshots are made here.

const folder = 'test-results/screenshots';
const product = 'Brightfield CAD';
const covered = { product, redundancy: 'backup' } as const;

const licensesA: LicenseOverride[] = [
  { ...covered, id: 'bf-modeler', feature: 'modeler', units: 25, version: '21.2' },
  { ...covered, id: 'bf-render', feature: 'render', units: 4, version: '21.2' },
  { product, id: 'bf-plot', feature: 'plot', units: 10, redundancy: 'none' },
];
const licensesB: LicenseOverride[] = [
  { ...covered, id: 'bf-solver', product: 'Brightfield CAE', feature: 'solver', units: 40 },
];

async function takeSeats(at: Understudy, feature: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await at.checkout(feature, `${feature}-${i}`)).toBe(201);
}

async function setTheme({ page, ...window }: AppWindow, theme: 'Light' | 'Dark'): Promise<void> {
  await page.getByRole('tab', { name: /^Settings/ }).click();
  await window.settings.general.getByLabel('Theme').selectOption(theme);
  const scheme = () => page.evaluate(() => document.documentElement.style.colorScheme);
  await expect.poll(scheme).toBe(theme.toLowerCase());
}

test('two servers protect each other: set up, one hangs, dissolved, all through the windows', async ({
  launch,
}) => {
  test.setTimeout(240_000);
  await mkdir(folder, { recursive: true });
  const port = await findPort();
  const quiet = { mdns: false };
  const main = await launch({ nodeSettings: { name: 'SRV-LIC-01', listenPort: port, ...quiet } });
  const backup = await launch({ nodeSettings: { name: 'SRV-LIC-02', ...quiet } });
  const [a, b] = [await AppWindow.open(main), await AppWindow.open(backup)];
  const shoot = ({ page }: AppWindow, name: string) =>
    page.screenshot({ path: join(folder, `${name}.png`) });
  await install(main, ...licensesA);
  await install(backup, ...licensesB);
  await takeSeats(main, 'modeler', 14);
  await takeSeats(main, 'render', 2);
  await takeSeats(main, 'plot', 1);
  await takeSeats(backup, 'solver', 9);
  await setTheme(a, 'Light');
  await setTheme(b, 'Dark');

  await pairByAddress(b, port, await invite(a), 'SRV-LIC-01');
  await a.servers.dialog.getByRole('button', { name: 'Close' }).click();
  await a.goTo('Failover');
  await a.failover.next();
  await a.failover.wizard.getByRole('checkbox', { name: /^Also the other way round/ }).check();
  await a.failover.next();
  await a.failover.next();
  await expect(a.failover.wizard).toContainText('SRV-LIC-01 protects SRV-LIC-02');
  await a.failover.wizard.getByRole('button', { name: 'Set up the backup' }).click();
  await expect(a.page.getByText('The backup is set up.')).toBeVisible({ timeout: 30_000 });
  await forbidFailover(main);
  await a.page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(a.failover.details).toContainText('protect each other');
  await shoot(a, 'pair-failover-tab-light');
  await a.goTo('Overview');
  await expect(a.overview.readiness).toContainText('A failover would work now.');
  await expect(a.overview.picture).toHaveAccessibleName(
    /^Main SRV-LIC-01: serving; Backup SRV-LIC-02: serving; /,
  );
  await shoot(a, 'pair-overview-light');
  await expect(b.servers.row('SRV-LIC-01')).toContainText('Connected');
  await shoot(b, 'pair-servers-dark');
  await b.goTo('Overview');
  await shoot(b, 'pair-overview-dark');

  await allowFailover(main);
  const thaw = await freeze(main);
  try {
    await backup.notifications.waitFor('SRV-LIC-01 stopped responding');
    await expect.poll(() => shownState(backup)).toBe('failover');
    await b.goTo('Licences');
    const failedOver = /This server\s*failover since \d/;
    await expect(b.licences.row('modeler')).toContainText(failedOver);
    await expect(b.licences.row('solver')).toContainText(/This server\s*primary since \d/);
    await expect(b.licences.row('plot')).toContainText('waits for SRV-LIC-01');
    await shoot(b, 'pair-licences-dark');
    await b.goTo('Overview');
    await expect(b.overview.server).toContainText(
      'For itself and in place of SRV-LIC-01: 3 licences',
    );
    await shoot(b, 'pair-frozen-overview-dark');
  } finally {
    thaw();
  }
  await backup.notifications.waitFor('SRV-LIC-01 took its licences back from SRV-LIC-02', 60_000);
  await forbidFailover(backup);
  await expectReady(main, backup);
  await b.goTo('Licences');
  await expect(b.licences.row('modeler')).toContainText(/SRV-LIC-01\s*primary since \d/);

  await b.goTo('Failover');
  await b.failover.details.getByRole('button', { name: 'Dissolve …' }).click();
  await b.failover.dialog.getByRole('button', { name: 'Dissolve', exact: true }).click();
  await expect(b.failover.wizard).toBeVisible({ timeout: 30_000 });
  await expect.poll(async () => (await main.snapshot()).node?.relationship).toBeNull();
  await b.goTo('Licences');
  await expect.poll(() => b.licences.features()).toEqual(['solver']);
  await a.goTo('Licences');
  await expect.poll(() => a.licences.features()).toEqual(['modeler', 'plot', 'render']);
  await expect(a.licences.row('modeler')).toContainText('14 of 25');
  expect([...a.complaints, ...b.complaints]).toEqual([]);
});
