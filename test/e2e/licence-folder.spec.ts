import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { node } from '../support/renderer-harness/fixture.ts';
import { AppWindow } from './pages/app-window.ts';
import { expect, test } from './support/understudy.ts';
import {
  changeSnapshot,
  expect as expectHarness,
  openHarness,
  test as harnessTest,
} from './support/window-harness.ts';

test('a file in the licence folder is installed or refused by itself, and the window says so', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, settings } = window;
  const folder = join(understudy.dataDirectory, 'licenses');
  await window.goTo('Licences');
  const panel = page.getByRole('tabpanel');
  await expect(panel).toContainText(`A licence file that is put into ${folder}`);

  await understudy.app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openPath = (path) => {
      opened.push(path);
      return Promise.resolve('');
    };
  });
  await page.getByRole('button', { name: 'Open licence folder' }).click();
  const opened = () =>
    understudy.app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  await expect.poll(opened).toEqual([folder]);

  const vendor = await makeVendor('Acme');
  await writeFile(join(folder, 'acme-1.lic'), await makeLicenseFile(vendor, { serial: 2 }));
  await expect(panel).toContainText('acme-1.lic in the licence folder is refused.');
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  await expect(window.licences.row('acme-cad')).toBeVisible();
  await expect(panel).toContainText('The last one, acme-1.lic, was installed');
  await expect(panel).not.toContainText('is refused');

  await writeFile(join(folder, 'older.lic'), await makeLicenseFile(vendor, { serial: 1 }));
  await expect(panel).toContainText('older.lic in the licence folder is refused.');
  await window.goTo('Settings');
  await expect(settings.licenseFolder).toContainText(folder);
  await expect(settings.licenseFolder).toContainText('1 installed, 1 refused, 0 not installed yet');
  await expect(settings.licenseFolder).toContainText(/older\.lic, refused .*serial/);
  await settings.licenseFolder.getByRole('button', { name: 'Open licence folder' }).click();
  await expect.poll(opened).toEqual([folder, folder]);
  expect(window.complaints).toEqual([]);
});

harnessTest('the licence folder is shown by what its last file came to', async ({ harness }) => {
  const page = await openHarness(harness);
  const window = new AppWindow(page);
  await window.goTo('Licences');
  const panel = page.getByRole('tabpanel');
  await expectHarness(panel).toContainText('The last one, brightfield-2026.lic, was installed');
  const problem = 'every account can write to it, so that nothing is taken from it';
  const licenseFolder = { ...node.licenseFolder, problem };
  await changeSnapshot(page, { node: { ...node, licenseFolder } });
  const said = `The licence folder ${licenseFolder.folder}: ${problem}.`;
  await expectHarness(panel).toContainText(said);
  await window.goTo('Settings');
  await expectHarness(window.settings.licenseFolder).toContainText(said);
});
