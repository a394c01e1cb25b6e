import { createServer } from 'node:net';
import { once } from 'node:events';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { AppWindow, chooseFile, readClipboard } from './pages/app-window.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { expect, test } from './support/understudy.ts';

test('the theme changes at once', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await window.goTo('Settings');
  const theme = window.settings.general.getByLabel('Theme');
  const scheme = () =>
    window.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  await theme.selectOption('Dark');
  await expect.poll(scheme).toBe('dark');
  await theme.selectOption('Light');
  await expect.poll(scheme).toBe('light');
  expect((await understudy.snapshot()).desktop.theme).toBe('light');
  expect(window.complaints).toEqual([]);
});

test('server settings are checked, applied at once and refused with the reason', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { settings } = window;
  await window.goTo('Settings');
  await settings.apply(settings.network, 'Server name', 'LIC-EAST');
  await expect(settings.network.getByText('Applied.')).toBeVisible();
  expect((await understudy.admin('status', {})).server.name).toBe('LIC-EAST');
  await expect(window.page.getByRole('navigation')).toContainText('LIC-EAST');

  await settings.network.getByLabel('Port').fill('70000');
  await expect(settings.network).toContainText('Type a whole number from 0 to 65535.');
  await expect(settings.network.getByRole('button', { name: 'Apply' })).toBeDisabled();
  await settings.network.getByRole('button', { name: 'Discard' }).click();
  await expect(settings.network).not.toContainText('Type a whole number');

  const before = (await understudy.admin('status', {})).server.address;
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const taken = busy.address();
  const port = typeof taken === 'object' && taken ? taken.port : 0;
  await settings.apply(settings.network, 'Port', String(port));
  await expect(settings.network.getByText('Not changed.')).toBeVisible();
  await expect(settings.network).toContainText(String(port));
  busy.close();
  expect((await understudy.admin('status', {})).server.address).toBe(before);
  expect(await understudy.checkout('nothing', 'one')).toBe(404);
});

test('bounds of usage and timeline are changed, with what is used of them', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { settings } = window;
  await window.goTo('Settings');
  const { history } = await understudy.admin('status', {});
  expect(history.timeline.count).toBeGreaterThan(0);
  await expect(settings.history).toContainText('Timeline entries');
  await expect(settings.history).toContainText(/Usage records0 \(0%\), 0 MB \(0%\)/);
  await settings.apply(settings.history, 'Usage records at most', '20000000');
  await expect(settings.history.getByText('Applied.')).toBeVisible();
  await settings.apply(settings.history, 'Timeline entries at most (MB)', '10');
  const boundsOf = async () => {
    const { usage, timeline } = (await understudy.admin('status', {})).history;
    return [usage.countMax, timeline.bytesMax];
  };
  await expect.poll(boundsOf).toEqual([20_000_000, 10_000_000]);
  await settings.history.getByLabel('Usage records at most', { exact: true }).fill('999');
  await expect(settings.history).toContainText('Type a whole number from 1,000 to 20,000,000.');
  await expect(settings.history.getByRole('button', { name: 'Apply' })).toBeDisabled();
  expect(window.complaints).toEqual([]);
});

test('vendors are trusted and forgotten; one that is needed is not', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { vendors } = window.settings;
  const vendor = await makeVendor('Acme');
  await window.goTo('Settings');
  await expect(vendors).toContainText('No vendor is trusted yet.');
  await chooseFile(understudy, 'acme.pub', vendor.publicFile);
  await vendors.getByRole('button', { name: 'Trust a vendor key …' }).click();
  await window.importDialog.press('Trust this vendor');
  await window.importDialog.press('Done');
  await expect(vendors).toContainText(vendor.key.keyId);
  const content = await makeLicenseFile(vendor);
  await understudy.admin('license.import', { content, fileName: 'acme.json' });

  await vendors.getByRole('button', { name: 'Forget Acme' }).click();
  const question = confirmDialog(window.page, 'Forget the vendor “Acme”?');
  await question.getByRole('button', { name: 'Forget vendor' }).click();
  await expect(question).toContainText('Remove them first.');
  await understudy.admin('license.remove', { id: 'acme-cad' });
  await question.getByRole('button', { name: 'Forget vendor' }).click();
  await expect(vendors).toContainText('No vendor is trusted yet.');
});

test('a new key is ordered after a question, and shown with the start it comes at', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await window.goTo('Settings');
  await window.settings.identity
    .getByRole('button', { name: 'Replace this server’s key …' })
    .click();
  const question = confirmDialog(window.page, 'Replace this server’s key?');
  await expect(question).toContainText('comes into use when Understudy is started again');
  await question.getByRole('button', { name: 'Replace the key', exact: true }).click();
  const result = confirmDialog(window.page, 'A new key is ready');
  await expect(result).toContainText('the next start of Understudy');
  await result.getByRole('button', { name: 'Copy new fingerprint' }).click();
  const { id } = (await understudy.admin('status', {})).server;
  const { nextId } = await understudy.admin('servers.rotateKey', {});
  await expect.poll(() => readClipboard(understudy)).toBe(nextId);
  expect(nextId).not.toBe(id);
  expect(window.complaints).toEqual([]);
});

test('shows identity, logs and versions; pauses notifications', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { settings } = window;
  await window.goTo('Settings');
  await expect(settings.identity).toContainText(understudy.dataDirectory);
  await settings.identity.getByRole('button', { name: 'Copy fingerprint' }).click();
  const { server } = await understudy.admin('status', {});
  await expect.poll(() => readClipboard(understudy)).toBe(server.id);

  await settings.logs.getByLabel('Log level').selectOption('debug');
  await expect
    .poll(async () => (await understudy.admin('snapshot', {})).settings.logLevel)
    .toBe('debug');
  await settings.general.getByRole('button', { name: 'Pause for 1 hour' }).click();
  await expect(settings.general).toContainText('No notifications until');
  await settings.general.getByRole('button', { name: 'End the pause' }).click();
  await expect(settings.general.getByRole('button', { name: 'Pause for 1 hour' })).toBeVisible();
  await expect(settings.about).toContainText(server.version);
});

test('the ledger takes its time from the clock when an admin says so', async ({ launch }) => {
  const understudy = await launch();
  await understudy.serving();
  const window = await AppWindow.open(understudy);
  await window.goTo('Settings');
  const { page } = window;
  await expect(page.getByText("The ledger goes by this server's clock.")).toBeVisible();
  await page.getByRole('button', { name: 'Take the time from this clock …' }).click();
  const question = confirmDialog(page, 'Take the time of the ledger from the clock?');
  await question.getByRole('button', { name: 'Take the time' }).click();
  await expect(question).toBeHidden();
  await window.goTo('Timeline');
  await expect(page.getByText("An admin had the ledger's time taken")).toBeVisible();
  expect(window.complaints).toEqual([]);
});
