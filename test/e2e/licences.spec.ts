import { makeLicenseFile, makeVendor, type TestVendor } from '../support/licenses.ts';
import { AppWindow, chooseFile } from './pages/app-window.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { expect, test, type Understudy } from './support/understudy.ts';

async function trusted(understudy: Understudy): Promise<TestVendor> {
  const vendor = await makeVendor();
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  return vendor;
}

async function install(understudy: Understudy, content: string): Promise<void> {
  await understudy.admin('license.import', { content, fileName: 'licence.json' });
}

test('a file of an unknown vendor is refused with what to do, and goes on once it is trusted', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { importDialog } = window;
  const vendor = await makeVendor('Acme');
  await window.goTo('Licences');
  await chooseFile(understudy, 'acme.json', await makeLicenseFile(vendor, { units: 12 }));
  await window.licences.importButton.click();
  await expect(importDialog.title('acme.json cannot be installed')).toBeVisible();
  await expect(importDialog.dialog).toContainText('Nothing has changed');
  expect((await understudy.admin('license.list', {})).licenses).toEqual([]);

  await chooseFile(understudy, 'acme.pub', vendor.publicFile);
  await importDialog.press('Trust a vendor key …');
  await expect(importDialog.title('Trust the vendor “Acme”?')).toBeVisible();
  await expect(importDialog.dialog).toContainText(vendor.key.keyId);
  await importDialog.press('Trust this vendor');

  await expect(importDialog.title('Install 1 licence?')).toBeVisible();
  await expect(importDialog.changes).toContainText('New');
  await expect(importDialog.changes).toContainText('Seats12');
  await importDialog.press('Install');
  await expect(importDialog.title('1 licence is installed')).toBeVisible();
  await importDialog.press('Done');
  await window.licences.closePanel();
  await expect(window.licences.row('acme-cad')).toContainText('0 of 12');
  expect(window.complaints).toEqual([]);
});

test('a dropped file shows what it changes before anything is installed', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await trusted(understudy);
  await install(understudy, await makeLicenseFile(vendor, { serial: 1, units: 10 }));

  await window.drop('acme-2.json', await makeLicenseFile(vendor, { serial: 2, units: 25 }));
  await expect(window.importDialog.changes).toContainText('Replaces');
  await expect(window.importDialog.changes).toContainText('10 → 25');
  await window.importDialog.press('Cancel');
  await window.goTo('Licences');
  await expect(window.licences.row('acme-cad')).toContainText('0 of 10');

  await window.drop('acme-2.json', await makeLicenseFile(vendor, { serial: 2, units: 25 }));
  await window.importDialog.press('Install');
  await window.importDialog.press('Done');
  await window.licences.closePanel();
  await expect(window.licences.row('acme-cad')).toContainText('0 of 25');
});

test('files that cannot be installed say why, and change nothing', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { importDialog } = window;
  const vendor = await trusted(understudy);
  await install(understudy, await makeLicenseFile(vendor, { serial: 5 }));
  const refusals: [string, string][] = [
    ['empty.json', ''],
    ['picture.png', '\u0089PNG\r\n\u001a\n'],
    [
      'forged.json',
      (await makeLicenseFile(vendor, { serial: 6 })).replace(
        /"signature":\s*".{8}/,
        '"signature":"AAAAAAAA',
      ),
    ],
    ['older.json', await makeLicenseFile(vendor, { serial: 4 })],
    ['large.json', 'x'.repeat(5 * 1024 * 1024)],
  ];
  for (const [fileName, content] of refusals) {
    await window.drop(fileName, content);
    await expect(importDialog.title(`${fileName} cannot be installed`)).toBeVisible();
    await expect(importDialog.dialog).toContainText('Nothing has changed');
    await importDialog.press('Close');
    await expect(importDialog.dialog).toBeHidden();
  }
  const { licenses } = await understudy.admin('license.list', {});
  expect(licenses).toHaveLength(1);
});

test('a vendor key that is dropped asks before it is trusted', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await makeVendor('Beacon');
  await window.drop('beacon.pub', vendor.publicFile);
  await expect(window.importDialog.title('Trust the vendor “Beacon”?')).toBeVisible();
  await window.importDialog.press('Cancel');
  expect((await understudy.admin('vendor.list', {})).vendors).toEqual([]);
  await window.drop('beacon.pub', vendor.publicFile);
  await window.importDialog.press('Trust this vendor');
  await expect(window.importDialog.title('The vendor “Beacon” is trusted')).toBeVisible();
  expect((await understudy.admin('vendor.list', {})).vendors).toHaveLength(1);
});

test('a second key under the name of a trusted vendor warns, and a forged file says what was expected', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { importDialog } = window;
  const [acme, forger] = [await makeVendor('Acme'), await makeVendor('Acme')];
  await understudy.admin('vendor.trust', { content: acme.publicFile });
  await window.drop('acme.json', await makeLicenseFile(forger, { id: 'acme-cad' }));
  await expect(importDialog.dialog).toContainText(
    `of whom the key "${acme.key.keyId}" was expected: the file may be forged`,
  );
  await importDialog.press('Close');
  await window.drop('acme.pub', forger.publicFile);
  await expect(importDialog.title('Trust a second key as “Acme”?')).toBeVisible();
  await expect(importDialog.dialog).toContainText('This file may be forged.');
  await expect(importDialog.dialog).toContainText(`Expected: ${acme.key.keyId}`);
  await window.page.screenshot({ path: 'test-results/screenshots/second-key.png' });
  await importDialog.press('Cancel');
  expect((await understudy.admin('vendor.list', {})).vendors).toHaveLength(1);
});

test('rolls a licence back, and removes it', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await trusted(understudy);
  await install(understudy, await makeLicenseFile(vendor, { serial: 1, units: 10 }));
  await install(understudy, await makeLicenseFile(vendor, { serial: 2, units: 3 }));
  await window.goTo('Licences');
  await window.licences.open('acme-cad', 'Versions');
  await window.licences.panel.getByRole('button', { name: 'Roll back to serial 1 …' }).click();
  const rollback = confirmDialog(window.page, /^Roll back/);
  await rollback.getByRole('button', { name: 'Roll back' }).click();
  await expect(rollback).toBeHidden();
  await expect(window.licences.panel).toContainText('0 of 10');

  await window.licences.panel.getByRole('tab', { name: 'Details' }).click();
  await window.licences.panel.getByRole('button', { name: 'Remove this licence …' }).click();
  const removal = confirmDialog(window.page, /^Remove/);
  await removal.getByRole('button', { name: 'Remove licence' }).click();
  await expect(window.page.getByRole('heading', { name: 'No licence yet' })).toBeVisible();
  expect((await understudy.admin('license.list', {})).licenses).toEqual([]);
});

test('a trial begins with its first seat and stays, and a licence says for whom it is', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await trusted(understudy);
  const { server } = await understudy.admin('snapshot', {});
  const trial = { feature: 'cad', trialDays: 10, servers: [server.id], customer: 'Harbour Works' };
  const more = { orderNumber: 'H-1041', metadata: { site: 'Oslo' } };
  await install(understudy, await makeLicenseFile(vendor, { ...trial, ...more }));
  await window.goTo('Licences');
  await expect(window.licences.row('cad')).toContainText('10 days after first use');
  await window.licences.open('cad', 'Details');
  const { panel } = window.licences;
  await expect(panel).toContainText('not begun yet');
  for (const text of ['Harbour Works', 'H-1041', 'site: Oslo'])
    await expect(panel).toContainText(text);
  expect(await understudy.checkout('cad', 'one')).toBe(201);
  await expect(panel).toContainText('which was granted');
  await expect(panel).toContainText(/(9|10) days left/);
  await panel.getByRole('button', { name: 'Remove this licence …' }).click();
  const removal = confirmDialog(window.page, /^Remove/);
  await removal.getByRole('button', { name: 'Remove licence' }).click();
  await expect(removal).toContainText('has begun');
  expect((await understudy.admin('license.list', {})).licenses).toHaveLength(1);
});

test('shows who was refused a seat', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await trusted(understudy);
  await install(understudy, await makeLicenseFile(vendor, { feature: 'cad', units: 1 }));
  expect(await understudy.checkout('cad', 'one')).toBe(201);
  expect(await understudy.checkout('cad', 'two')).toBe(409);
  await window.goTo('Licences');
  await expect(window.licences.row('cad')).toContainText('Full');
  await window.licences.open('cad', 'Denials');
  const denials = window.licences.panel.getByRole('list', { name: 'Denials' });
  await expect(denials).toContainText('ada on ws-1');
  await expect(denials).toContainText('No seat was free');
  await expect(denials).toContainText('Open');
  const seats = window.licences.panel.getByRole('group', { name: 'Who has the seats' });
  await expect(seats).toContainText('1 seat of 1 out, the longest:');
  await expect(seats).toContainText('When a seat comes free cannot be said');
  const [lease] = (await understudy.admin('lease.list', {})).leases;
  await understudy.admin('lease.release', { id: lease?.id ?? '' });
  expect(await understudy.checkout('cad', 'two')).toBe(201);
  await window.licences.open('cad', 'Holders');
  await window.licences.open('cad', 'Denials');
  await expect(denials).toContainText('Waited');
});

test('sorts and searches many licences', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await trusted(understudy);
  const features = ['delta', 'alpha', 'golf', 'bravo', 'foxtrot', 'charlie', 'hotel', 'echo'];
  const grants = features.map((feature) => ({ id: `acme-${feature}`, feature }));
  await install(understudy, await makeLicenseFile(vendor, ...grants));
  await window.goTo('Licences');
  const { licences } = window;
  await expect(licences.grid).toHaveAttribute('aria-rowcount', String(features.length + 1));
  expect(await licences.features()).toEqual(features.toSorted());
  await licences.grid.getByRole('columnheader', { name: 'Feature' }).getByRole('button').click();
  await expect.poll(() => licences.features()).toEqual(features.toSorted().toReversed());
  await licences.search.fill('ALPH');
  await expect.poll(() => licences.features()).toEqual(['alpha']);
  await licences.search.fill('nothing like it');
  await expect(window.page.getByRole('heading', { name: 'No licence matches' })).toBeVisible();
});

test('a file of several hundred licences is installed as a whole', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await trusted(understudy);
  const grants = Array.from({ length: 300 }, (_, i) => ({ id: `acme-${i}`, feature: `part${i}` }));
  await window.drop('many.json', await makeLicenseFile(vendor, ...grants));
  await expect(window.importDialog.title('Install 300 licences?')).toBeVisible();
  await window.importDialog.press('Install 300 licences');
  await expect(window.importDialog.title('300 licences are installed')).toBeVisible();
  await window.importDialog.press('Done');
  await expect(window.licences.grid).toHaveAttribute('aria-rowcount', '301');
  await window.licences.search.fill('part29');
  const count = window.page.getByRole('status').filter({ hasText: '11 of 300 licences' });
  await expect(count).toBeVisible();
  const shown = await window.licences.features();
  expect(shown.slice(0, 3)).toEqual(['part29', 'part290', 'part291']);
});
