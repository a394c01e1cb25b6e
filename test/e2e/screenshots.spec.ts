import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { AppWindow, tabNames } from './pages/app-window.ts';
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
  for (const theme of ['Light', 'Dark']) {
    await window.goTo('Settings');
    await window.settings.general.getByLabel('Theme').selectOption(theme);
    const scheme = () => window.page.evaluate(() => document.documentElement.style.colorScheme);
    await expect.poll(scheme).toBe(theme.toLowerCase());
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

const bundleBytesMax = 1_200_000;

test('the window is small to load', async () => {
  const assets = join(application, 'dist/renderer/assets');
  const names = (await readdir(assets)).filter((name) => !name.endsWith('.map'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(assets, name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`bundle of the window: ${Math.round(bytes / 1024)} KiB in ${names.length} files`);
  expect(bytes).toBeLessThan(bundleBytesMax);
});
