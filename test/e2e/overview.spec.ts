import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { AppWindow, readClipboard } from './pages/app-window.ts';
import { expect, test } from './support/understudy.ts';

test('the first run teaches three ways to a licence; the demo is one click', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { overview } = window;
  await expect(overview.server.getByRole('heading', { name: 'Serving licences' })).toBeVisible();
  await expect(overview.server).toContainText('with no licence yet');
  await expect(overview.server).toContainText('SRV-A');
  await expect(overview.readiness).toContainText('No.');
  await expect(overview.firstLicence.getByRole('button')).toHaveText([
    'Trust a vendor key …',
    'Import licence file …',
    'Try the demo licences',
  ]);

  await overview.firstLicence.getByRole('button', { name: 'Try the demo licences' }).click();
  await expect(window.importDialog.title(/installed$/)).toBeVisible();
  await expect(window.importDialog.changes).toContainText('Demo');
  await window.importDialog.press('Done');
  await window.licences.panel.getByRole('button', { name: 'Close' }).click();

  await window.goTo('Overview');
  await expect(overview.firstLicence).toBeHidden();
  await expect(overview.seats).toContainText(/0\s*of \d+ seats/);
  await expect(overview.recent).toContainText('Demo licence');
  expect(window.complaints).toEqual([]);
});

test('shows the command for a first client, and copies fingerprint and address', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await understudy.admin('demo.install', { consent: true });
  const { server } = await understudy.admin('status', {});
  const command = window.overview.firstClient.locator('code');
  await expect(command).toContainText(`--server ${server.address} `);

  await window.overview.firstClient.getByRole('button', { name: 'Copy command' }).click();
  await expect.poll(() => readClipboard(understudy)).toBe(await command.innerText());
  await window.overview.server.getByRole('button', { name: 'Copy fingerprint' }).click();
  await expect.poll(() => readClipboard(understudy)).toBe(server.id);
});

test('the command for a first client checks out a seat, as it is shown', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await understudy.admin('demo.install', { consent: true });
  const shown = await window.overview.firstClient.locator('code').innerText();
  const words = shown
    .replace('node scripts/cli.mjs ', '')
    .replace(' YOUR-APPLICATION', '')
    .split(' ');
  const cli = fileURLToPath(new URL('../../scripts/cli.mjs', import.meta.url));
  const program = "process.stdout.write('it runs')";
  const home = understudy.dataDirectory;
  const { stdout } = await promisify(execFile)('node', [cli, ...words, 'node', '-e', program], {
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, ELECTRON_RUN_AS_NODE: undefined },
  });
  expect(stdout).toContain('it runs');
  await expect
    .poll(async () => (await understudy.admin('usage.report', {})).summaries[0]?.sessions)
    .toBe(1);
});

test('a licence without a free seat needs attention, and leads to its holders', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const vendor = await makeVendor();
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(vendor, { id: 'acme-cad', feature: 'cad', units: 1 });
  await understudy.admin('license.import', { content, fileName: 'acme.json' });
  expect(await understudy.checkout('cad', 'one')).toBe(201);

  const notice = window.overview.attention.getByRole('button', { name: /all seats in use/ });
  await expect(notice).toBeVisible();
  await expect(window.overview.seats).toContainText('Full');
  await expect(window.overview.server).toContainText('1 seat in use');
  await notice.click();
  await expect(window.licences.panel.getByRole('list', { name: 'Holders' })).toContainText(
    'ada on ws-1',
  );
});
