import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { AppWindow, tabNames } from './pages/app-window.ts';
import { expectReady, findPort, install, kill, relate } from './support/real-pair.ts';
import { application, expect, test, type Understudy } from './support/understudy.ts';

const folder = 'test-results/screenshots';

async function fill(understudy: Understudy): Promise<void> {
  const vendor = await makeVendor('Brightfield Software');
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  const soon = new Date(Date.now() + 19 * 86_400_000).toISOString();
  const content = await makeLicenseFile(
    vendor,
    {
      id: 'bf-modeler',
      product: 'Brightfield CAD',
      feature: 'modeler',
      units: 25,
      version: '21.2',
    },
    { id: 'bf-render', product: 'Brightfield CAD', feature: 'render', units: 2, expires: soon },
    { id: 'bf-solver', product: 'Brightfield CAE', feature: 'solver', units: 40, version: '3' },
  );
  await understudy.admin('license.import', { content, fileName: 'brightfield.json' });
  await understudy.admin('demo.install', { consent: true });
  for (let i = 0; i < 14; i++) await understudy.checkout('modeler', `modeler-${i}`);
  for (let i = 0; i < 3; i++) await understudy.checkout('render', `render-${i}`);
  for (let i = 0; i < 5; i++) await understudy.checkout('solver', `solver-${i}`);
}

test('every tab, light and dark', async ({ launch }) => {
  await mkdir(folder, { recursive: true });
  const understudy = await launch({ nodeSettings: { name: 'SRV-LIC-01' } });
  const window = await AppWindow.open(understudy);
  await window.page.screenshot({ path: join(folder, 'first-run.png') });
  await fill(understudy);
  for (const theme of ['Light', 'Dark'] as const) {
    await setTheme(window, theme);
    for (const tab of tabNames) {
      await window.goTo(tab);
      await expect(window.page.getByRole('tabpanel').first()).not.toContainText('Reading …');
      const name = `${tab.toLowerCase()}-${theme.toLowerCase()}.png`;
      const picture = await window.page.screenshot({ path: join(folder, name) });
      expect(picture.length, name).toBeGreaterThan(10_000);
    }
  }
  expect(window.complaints).toEqual([]);
});

/** The pictures of the documentation, by the names that they have there. */
test('a pair, its servers, and a failover', async ({ launch }) => {
  test.setTimeout(180_000);
  await mkdir(join(folder, 'docs'), { recursive: true });
  const [port, otherPort] = [await findPort(), await findPort()];
  const quiet = { mdns: false };
  const main = await launch({ nodeSettings: { name: 'SRV-LIC-01', listenPort: port, ...quiet } });
  const backup = await launch({
    nodeSettings: { name: 'SRV-LIC-02', listenPort: otherPort, ...quiet },
  });
  const [a, b] = [await AppWindow.open(main), await AppWindow.open(backup)];
  const product = 'Brightfield CAD';
  const covered = { product, redundancy: 'backup' as const };
  await install(
    main,
    { id: 'bf-modeler', feature: 'modeler', units: 25, version: '21.2', ...covered },
    { id: 'bf-render', feature: 'render', units: 4, ...covered },
    { id: 'bf-viewer', feature: 'viewer', units: 10, product },
  );
  await install(backup, { id: 'bf-solver', feature: 'solver', units: 40, ...covered });
  for (let i = 0; i < 14; i++) await main.checkout('modeler', `modeler-${i}`);
  for (let i = 0; i < 2; i++) await main.checkout('render', `render-${i}`);
  for (let i = 0; i < 9; i++) await backup.checkout('solver', `solver-${i}`);
  await relate(main, backup, port);
  await main.admin('relationship.set', { mutual: true });
  await expectReady(main, backup);
  await setTheme(a, 'Light');
  await setTheme(b, 'Dark');
  for (const [window, tab, name] of [
    [a, 'Overview', 'overview-light'],
    [a, 'Failover', 'failover-light'],
    [b, 'Servers', 'servers-dark'],
  ] as const) {
    await window.goTo(tab);
    await window.page.screenshot({ path: join(folder, 'docs', `${name}.png`) });
  }
  await kill(main);
  await b.goTo('Licences');
  await expect(b.licences.row('modeler')).toContainText('failover since');
  await b.page.screenshot({ path: join(folder, 'docs', 'licences-dark.png') });
});

async function setTheme(window: AppWindow, theme: 'Light' | 'Dark'): Promise<void> {
  await window.goTo('Settings');
  await window.settings.general.getByLabel('Theme').selectOption(theme);
  const scheme = () => window.page.evaluate(() => document.documentElement.style.colorScheme);
  await expect.poll(scheme).toBe(theme.toLowerCase());
}

const bundleBytesMax = 1_200_000;

test('the window is small to load', async () => {
  const assets = join(application, 'dist/renderer/assets');
  const names = (await readdir(assets)).filter((name) => !name.endsWith('.map'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(assets, name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`bundle of the window: ${Math.round(bytes / 1024)} KiB in ${names.length} files`);
  expect(bytes).toBeLessThan(bundleBytesMax);
});
