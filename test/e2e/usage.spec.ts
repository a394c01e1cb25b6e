import { readFile } from 'node:fs/promises';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { AppWindow, chooseTarget } from './pages/app-window.ts';
import { expect, test, type Understudy } from './support/understudy.ts';

async function useSome(understudy: Understudy): Promise<void> {
  const vendor = await makeVendor();
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(
    vendor,
    { id: 'acme-cad', feature: 'cad', units: 2 },
    { id: 'acme-sim', feature: 'sim', units: 5 },
  );
  await understudy.admin('license.import', { content, fileName: 'acme.json' });
  expect(await understudy.checkout('cad', 'one')).toBe(201);
  expect(await understudy.checkout('cad', 'two')).toBe(201);
  expect(await understudy.checkout('cad', 'three')).toBe(409);
  expect(await understudy.checkout('sim', 'four')).toBe(201);
}

test('shows peak, average and denials, over time and by user', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { usage } = window;
  await useSome(understudy);
  await window.goTo('Usage');
  await expect(usage.byLicence).toBeVisible();
  expect(await usage.cell('cad', 'Seats')).toBe('2');
  expect(await usage.cell('cad', 'Peak')).toBe('2');
  expect(await usage.cell('cad', 'Turned away')).toBe('1');
  expect(await usage.cell('sim', 'Peak')).toBe('1');
  await expect(usage.byHolder).toContainText('ada');

  await usage.byLicence.locator('[data-index]').filter({ hasText: 'sim' }).click();
  await expect(window.page.getByRole('heading', { name: 'sim: seats in use' })).toBeVisible();
  await usage.chart.focus();
  await window.page.keyboard.press('End');
  await expect(usage.reading).toContainText('peak 1');
  expect(window.complaints).toEqual([]);
});

test('saves the chart as a picture', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await useSome(understudy);
  await window.goTo('Usage');
  const path = await chooseTarget(understudy, 'usage.png');
  await window.page.getByRole('button', { name: 'Save picture …' }).click();
  await expect(window.page.getByText('Picture saved.')).toBeVisible();
  const picture = await readFile(path);
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  expect(picture.length).toBeGreaterThan(10_000);
  expect(window.complaints).toEqual([]);
});

test('a range that is none says so, and exports what is shown', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { usage } = window;
  await useSome(understudy);
  await window.goTo('Usage');
  await usage.range.selectOption('From … to …');
  await usage.firstDay.fill('2026-03-10');
  await usage.lastDay.fill('2026-03-09');
  await expect(window.page.getByText('The last day is before the first one.')).toBeVisible();
  await usage.firstDay.fill('2020-01-01');
  await usage.lastDay.fill('2020-01-02');
  await expect(
    window.page.getByRole('heading', { name: 'Nothing was used in this time' }),
  ).toBeVisible();

  await usage.range.selectOption('Last 7 days');
  const { leases } = await understudy.admin('lease.list', {});
  await understudy.admin('lease.release', { id: leases[0]?.id ?? '' });
  const path = await chooseTarget(understudy, 'usage.csv');
  await usage.exportButton.click();
  await expect(window.page.getByText(/records? written\./)).toBeVisible();
  expect(await readFile(path, 'utf8')).toContain('ada');
});
