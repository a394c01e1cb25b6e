import type { Page } from '@playwright/test';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { AppWindow, chooseFile, showTab } from './pages/app-window.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { expect, test, type LaunchOptions, type Understudy } from './support/understudy.ts';

/** What has the focus, by its text or label; `body` when nothing has. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    if (!activeElement || activeElement === document.body) return 'body';
    return activeElement.getAttribute('aria-label') ?? activeElement.textContent ?? '';
  });
}

/** Nothing that can be seen is hidden from a screen reader: no dialog left its mark behind. */
async function expectAlive(page: Page): Promise<void> {
  await expect(page.locator('[aria-hidden=true] main, main[aria-hidden=true]')).toHaveCount(0);
  await expect(page.getByRole('main')).toBeVisible();
  expect(await focused(page)).not.toBe('body');
}

async function installOne(understudy: Understudy) {
  const vendor = await makeVendor();
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(vendor, { serial: 1, units: 10 });
  await understudy.admin('license.import', { content, fileName: 'acme.json' });
  return vendor;
}

/** An open window with one licence, and the question whether to remove it. */
async function openRemoval(launch: (options?: LaunchOptions) => Promise<Understudy>) {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, licences } = window;
  const vendor = await installOne(understudy);
  await window.goTo('Licences');
  await licences.open('acme-cad', 'Details');
  await licences.panel.getByRole('button', { name: 'Remove this licence …' }).click();
  const removal = confirmDialog(page, /^Remove/);
  await expect(removal).toBeVisible();
  return { understudy, window, vendor, removal };
}

test('a file dropped while a licence is open leaves a window that works', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, licences, importDialog } = window;
  const vendor = await installOne(understudy);
  await window.goTo('Licences');
  await licences.open('acme-cad', 'Holders');
  await window.drop('acme-2.json', await makeLicenseFile(vendor, { serial: 2, units: 25 }));
  await expect(importDialog.title('Install 1 licence?')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(importDialog.dialog).toBeHidden();
  await expectAlive(page);

  await window.drop('acme-2.json', await makeLicenseFile(vendor, { serial: 2, units: 25 }));
  await importDialog.press('Install');
  await importDialog.press('Done');
  await expect(licences.panel).toContainText('0 of 25');
  await expectAlive(page);
  await page.keyboard.press('Escape');
  await expect(licences.panel).toBeHidden();
  await expectAlive(page);
  await page.keyboard.press('Control+3');
  await expect(window.heading('Servers')).toBeVisible();
});

test('a file dropped while a question is open waits for its answer', async ({ launch }) => {
  const { window, vendor, removal } = await openRemoval(launch);
  const { page, licences, importDialog } = window;
  await window.drop('acme-2.json', await makeLicenseFile(vendor, { serial: 2, units: 25 }));
  await window.drop('acme-3.json', await makeLicenseFile(vendor, { serial: 3, units: 30 }));
  await expect(page.getByText('2 dropped files wait until this dialog is closed.')).toBeVisible();
  await expect(page.getByRole('alertdialog')).toHaveCount(1);
  await removal.getByRole('button', { name: 'Cancel' }).click();
  await expect(importDialog.changes).toContainText('10 → 25');
  await importDialog.press(/^Cancel/);
  await expect(importDialog.changes).toContainText('10 → 30');
  await importDialog.press('Cancel');
  await expect(importDialog.dialog).toBeHidden();
  await expectAlive(page);
  await expect(licences.panel).toContainText('0 of 10');
});

test('a notification that shows another tab takes an open question with it', async ({ launch }) => {
  const { understudy, window } = await openRemoval(launch);
  const { page } = window;
  await showTab(understudy, 'servers');
  await expect(window.heading('Servers')).toBeVisible();
  await expect(page.getByRole('alertdialog')).toBeHidden();
  await expectAlive(page);
  await page.keyboard.press('Control+1');
  await expect(window.heading('Overview')).toBeVisible();
});

test('each step of an import has the focus; trusting begins on the button that does not', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, importDialog } = window;
  const vendor = await makeVendor('Acme');
  await window.goTo('Licences');
  await chooseFile(understudy, 'acme.json', await makeLicenseFile(vendor, { units: 12 }));
  await window.licences.importButton.focus();
  await page.keyboard.press('Enter');
  await expect(importDialog.title('acme.json cannot be installed')).toBeVisible();
  await expect.poll(() => focused(page)).toBe('Trust a vendor key …');

  await chooseFile(understudy, 'acme.pub', vendor.publicFile);
  await page.keyboard.press('Enter');
  await expect(importDialog.title('Trust the vendor “Acme”?')).toBeVisible();
  await expect.poll(() => focused(page)).toBe('Cancel');
  await page.keyboard.press('Shift+Tab');
  await expect.poll(() => focused(page)).toBe('Trust this vendor');
  await page.keyboard.press('Enter');
  await expect(importDialog.title('Install 1 licence?')).toBeVisible();
  await expect.poll(() => focused(page)).toBe('Install');
  await page.keyboard.press('Enter');
  await expect(importDialog.title('1 licence is installed')).toBeVisible();
  await expect.poll(() => focused(page)).toBe('Done');
  await page.keyboard.press('Enter');
  await expect(window.licences.panel).toBeVisible();
  await expectAlive(page);
});

test('a question begins on the button that changes nothing', async ({ launch }) => {
  const { understudy, window } = await openRemoval(launch);
  const { page } = window;
  await expect.poll(() => focused(page)).toBe('Cancel');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alertdialog')).toBeHidden();
  await expect.poll(() => focused(page)).toBe('Remove this licence …');
  expect((await understudy.admin('license.list', {})).licenses).toHaveLength(1);
});

test('rows can be browsed while a licence is open beside them', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, licences } = window;
  const vendor = await makeVendor();
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  const features = ['alpha', 'bravo', 'charlie'];
  const grants = features.map((feature) => ({ id: `acme-${feature}`, feature }));
  const content = await makeLicenseFile(vendor, ...grants);
  await understudy.admin('license.import', { content, fileName: 'acme.json' });
  await window.goTo('Licences');
  const title = licences.panel.getByRole('heading', { level: 2 });
  await licences.row('alpha').click();
  await expect(title).toHaveText('alpha');
  await page.keyboard.press('ArrowDown');
  await expect(title).toHaveText('bravo');
  await expect(licences.row('bravo')).toBeFocused();
  await licences.row('charlie').click();
  await expect(title).toHaveText('charlie');
  await page.keyboard.press('Enter');
  await expect(licences.panel).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(licences.panel).toBeHidden();
  await expect(licences.row('charlie')).toBeFocused();
});
