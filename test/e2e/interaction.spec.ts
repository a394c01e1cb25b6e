import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLicenseFile, makeVendor, type LicenseOverride } from '../support/licenses.ts';
import { AppWindow, chooseTarget, showTab } from './pages/app-window.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { findOverflowing } from './pages/accessibility.ts';
import { expect, nodePid, test, type Understudy } from './support/understudy.ts';

async function install({ admin }: Understudy, ...licenses: LicenseOverride[]): Promise<void> {
  const vendor = await makeVendor();
  await admin('vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(vendor, ...licenses);
  await admin('license.import', { content, fileName: 'acme.json' });
}

const named = (...features: string[]) =>
  features.map((feature) => ({ id: `acme-${feature}`, feature, units: 20, ttlSeconds: 3600 }));

test('settings that were not applied ask before they are lost, by a click, a key or a notification', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, settings } = window;
  await window.goTo('Settings');
  const name = settings.network.getByLabel('Server name');
  await name.fill('SRV-NEW');
  const question = confirmDialog(page, 'Leave without applying?');

  await window.tab('Licences').click();
  await expect(question).toContainText('Network');
  await expect(question.getByRole('button', { name: 'Stay' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(question).toBeHidden();
  await expect(name).toHaveValue('SRV-NEW');

  await page.keyboard.press('Control+2');
  await question.getByRole('button', { name: 'Stay' }).click();
  await expect(window.heading('Settings')).toBeVisible();

  await showTab(understudy, 'timeline');
  await question.getByRole('button', { name: 'Discard and leave' }).click();
  await expect(window.heading('Timeline')).toBeVisible();
  await window.goTo('Settings');
  await expect(name).toHaveValue('SRV-A');
  await window.goTo('Overview');
});

test('demo licences go with one click, and their vendor with them', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page } = window;
  await understudy.admin('demo.install', { consent: true });
  await window.goTo('Licences');
  await page.getByRole('button', { name: 'Remove demo licences' }).click();
  await expect(
    page.getByRole('alertdialog').getByRole('heading', { name: 'The demo licences are removed' }),
  ).toBeVisible();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('heading', { name: 'No licence yet' })).toBeVisible();
  expect((await understudy.admin('license.list', {})).licenses).toEqual([]);
  expect((await understudy.admin('vendor.list', {})).vendors).toEqual([]);
  expect(window.complaints).toEqual([]);
});

test('several licences are chosen with the keyboard and removed together', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, licences } = window;
  await install(understudy, ...named('part1', 'part2', 'part10', 'part20'));
  await window.goTo('Licences');
  await expect.poll(() => licences.features()).toEqual(['part1', 'part2', 'part10', 'part20']);
  const rows = licences.grid.locator('[data-index]');
  await rows.nth(0).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+Space');
  await expect(rows.nth(1)).toHaveAttribute('aria-selected', 'true');
  const chosen = page.getByRole('group', { name: 'Chosen rows' });
  await expect(chosen).toContainText('3 licences chosen');
  await rows.nth(1).getByRole('checkbox').click();
  await expect(chosen).toContainText('2 licences chosen');
  await chosen.getByRole('button', { name: 'Remove 2 licences …' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('acme-part1, acme-part10');
  await dialog.getByRole('button', { name: 'Remove 2 licences' }).click();
  await expect(dialog.getByRole('heading', { name: '2 licences are removed' })).toBeVisible();
  await expect(dialog).toContainText('2 of 2 done.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect.poll(() => licences.features()).toEqual(['part2', 'part20']);
  await expect(chosen).toBeHidden();

  await rows.nth(0).focus();
  await page.keyboard.press('Control+a');
  await expect(chosen).toContainText('2 licences chosen');
  await page.keyboard.press('Control+a');
  await expect(chosen).toBeHidden();

  await page.keyboard.press('Control+a');
  await chosen.getByRole('button', { name: 'Remove 2 licences …' }).click();
  await dialog.getByRole('button', { name: 'Remove 2 licences' }).click();
  await expect(dialog.getByRole('heading', { name: '2 licences are removed' })).toBeVisible();
  await expect(dialog).toContainText('2 of 2 done.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('heading', { name: 'No licence yet' })).toBeVisible();
});

test('several leases are released together, and one that has ended meanwhile is told', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, leases } = window;
  await install(understudy, ...named('cad'));
  for (let i = 0; i < 5; i++) expect(await understudy.checkout('cad', `seat-${i}`)).toBe(201);
  await window.goTo('Leases');
  await expect(leases.rows).toHaveCount(5);
  await leases.grid.getByRole('checkbox', { name: 'Choose all' }).click();
  const chosen = page.getByRole('group', { name: 'Chosen rows' });
  await expect(chosen).toContainText('5 leases chosen');
  await chosen.getByRole('button', { name: 'Release 5 seats …' }).click();
  const [first] = (await understudy.admin('lease.list', {})).leases;
  await understudy.admin('lease.release', { id: first?.id ?? '' });
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('button', { name: 'Release 5 seats' }).click();
  await expect(dialog.getByRole('heading', { name: '4 leases are released' })).toBeVisible();
  await expect(dialog).toContainText('4 of 5 done. 1 refused.');
  await expect(dialog.getByRole('list', { name: 'Refused' })).toContainText('ada on ws-1');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('heading', { name: 'No seat is out' })).toBeVisible();
});

test('dense rows show more of a list, and are so at the next start', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await install(understudy, ...named('alpha', 'bravo'));
  await window.goTo('Licences');
  const heightPx = async (shown: AppWindow) =>
    (await shown.licences.row('alpha').boundingBox())?.height ?? 0;
  const roomyPx = await heightPx(window);
  await window.goTo('Settings');
  await window.settings.general.getByLabel('Rows of lists').selectOption('dense');
  await window.goTo('Licences');
  await expect.poll(() => heightPx(window)).toBeLessThan(roomyPx * 0.7);
  await understudy.quit();
  const again = await AppWindow.open(await launch({ dataDirectory: understudy.dataDirectory }));
  await again.goTo('Licences');
  expect(await heightPx(again)).toBeLessThan(roomyPx * 0.7);
});

test('filters and Ctrl+F find licences, and the count says of how many', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, licences } = window;
  await install(understudy, { id: 'acme-full', feature: 'full', units: 1 }, ...named('a', 'b'));
  expect(await understudy.checkout('full', 'one')).toBe(201);
  await window.goTo('Licences');
  await expect(page.getByRole('status').filter({ hasText: '3 licences' })).toBeVisible();
  await page.keyboard.press('Control+f');
  await expect(licences.search).toBeFocused();
  await page.keyboard.type('acme-');
  await page.getByLabel('State', { exact: true }).selectOption('All seats in use');
  await expect(page.getByRole('status').filter({ hasText: '1 of 3 licences' })).toBeVisible();
  await expect.poll(() => licences.features()).toEqual(['full']);
  await page.getByLabel('Served by', { exact: true }).selectOption('Served by nobody');
  await page.getByRole('button', { name: 'Show all licences' }).click();
  await expect.poll(() => licences.features()).toEqual(['a', 'b', 'full']);
});

test('a notice is acknowledged, stays so at the next start, and comes back when it happens again', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, overview } = window;
  await install(understudy, { id: 'acme-cad', feature: 'cad', units: 1, ttlSeconds: 3600 });
  expect(await understudy.checkout('cad', 'one')).toBe(201);
  await expect(overview.attention).toContainText('cad: all seats in use');
  await expect(window.tab('Licences')).toHaveText(/1 notice$/);
  await overview.attention.getByRole('button', { name: 'Set aside' }).click();
  await page.getByRole('menuitem', { name: /^Acknowledge/ }).click();
  await expect(overview.attention).toContainText('Everything that needs attention is set aside.');
  await expect(window.tab('Licences')).not.toHaveText(/notice/);

  await understudy.quit();
  const restarted = await launch({ dataDirectory: understudy.dataDirectory });
  const again = await AppWindow.open(restarted);
  await expect(again.overview.attention).toContainText('1 set aside');
  const release = async () => {
    const [lease] = (await restarted.admin('lease.list', {})).leases;
    await restarted.admin('lease.release', { id: lease?.id ?? '' });
  };
  await release();
  await expect(again.overview.attention).toBeHidden();
  await expect.poll(async () => (await restarted.snapshot()).setAside).toEqual([]);
  expect(await restarted.checkout('cad', 'two')).toBe(201);
  await expect(again.overview.attention).toContainText('cad: all seats in use');
});

test('names of any length stay in their cells, the panel and the dialogs', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, licences, leases } = window;
  const long = (letter: string) => letter.repeat(120);
  await install(understudy, {
    id: `acme-${'i'.repeat(100)}`,
    feature: long('f'),
    product: long('p'),
    units: 1,
    ttlSeconds: 3600,
  });
  const client = { user: long('u'), host: long('h') };
  expect(await understudy.checkout(long('f'), 'long', client)).toBe(201);
  expect(await understudy.checkout(long('f'), 'second', client)).toBe(409);
  expect(await findOverflowing(page), 'overview').toEqual([]);
  await window.goTo('Licences');
  for (const part of ['Holders', 'Denials', 'Versions', 'Details'] as const) {
    await licences.open('ffff', part);
    await expect(licences.panel.getByRole('tabpanel')).not.toContainText('Reading …');
    expect(await findOverflowing(page), part).toEqual([]);
  }
  await licences.panel.getByRole('button', { name: 'Remove this licence …' }).click();
  expect(await findOverflowing(page), 'removal').toEqual([]);
  await page.keyboard.press('Escape');
  await window.goTo('Leases');
  await expect(leases.rows).toHaveCount(1);
  expect(await findOverflowing(page), 'leases').toEqual([]);
  await leases.rows
    .first()
    .getByRole('button', { name: /^Release/ })
    .click();
  expect(await findOverflowing(page), 'release').toEqual([]);
  await page.keyboard.press('Escape');
  for (const tab of ['Usage', 'Timeline'] as const) {
    await window.goTo(tab);
    expect(await findOverflowing(page), tab).toEqual([]);
  }
});

test('a support bundle says how the server is, and has no secret of it', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { settings } = window;
  await install(understudy, ...named('cad'));
  expect(await understudy.checkout('cad', 'one')).toBe(201);
  const { code } = await understudy.admin('servers.invite', {});
  const path = await chooseTarget(understudy, 'support.json');
  await window.goTo('Settings');
  await settings.logs.getByRole('button', { name: 'Save support bundle …' }).click();
  await expect(settings.logs.getByRole('status')).toContainText(`Written to ${path}.`);
  const text = await readFile(path, 'utf8');
  const bundle = JSON.parse(text) as { server: { licenses: { id: string }[] }; logs: object };
  expect(bundle.server.licenses.map(({ id }) => id)).toEqual(['acme-cad']);
  expect(Object.keys(bundle.logs)).toContain('server.log');
  const key = await readFile(join(understudy.dataDirectory, 'server-key.pem'), 'utf8');
  const lines = key.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
  expect(lines.length).toBeGreaterThan(0);
  for (const secret of [code, ...lines]) expect(text).not.toContain(secret);
});

test('a server that would be started later is started from the banner', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page } = window;
  const pidOfNode = () => nodePid(understudy);
  const start = page.getByRole('button', { name: 'Start now' });
  // Each end in a row makes the next try later: until it is so late that it can be seen.
  const waitsLong = async () => {
    const { nextTryAtMs = 0 } = (await understudy.snapshot()).connection;
    return nextTryAtMs - Date.now() > 6_000;
  };
  for (let ends = 0; ends < 10 && !(await waitsLong()); ends++) {
    await expect.poll(pidOfNode).toBeDefined();
    const pid = await pidOfNode();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await expect.poll(pidOfNode).not.toBe(pid);
  }
  await expect(page.getByText(/^Next try in \d+ s$/)).toBeVisible();
  await start.click();
  await understudy.serving();
  await expect(start).toBeHidden();
  await expect(window.overview.server).toContainText('Serving licences');
});
