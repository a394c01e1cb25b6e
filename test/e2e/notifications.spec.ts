import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { stall } from './support/real-pair.ts';
import { expect, test, type Understudy } from './support/understudy.ts';

const dayMs = 86_400_000;

interface PageGlobal {
  shownTabs: unknown[];
  understudy: { subscribe(name: string, listener: (value: unknown) => void): void };
}

/** Instant so many days from now, as a vendor writes it. */
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString();

async function install(
  { admin }: Understudy,
  ...grants: Parameters<typeof makeLicenseFile>[1][]
): Promise<void> {
  const vendor = await makeVendor();
  await admin('vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(vendor, ...grants);
  await admin('license.import', { content, fileName: 'test.json' });
}

test('a licence that is about to expire is told once, also across a restart', async ({
  launch,
}) => {
  const first = await launch();
  await first.serving();
  await install(first, { id: 'acme-cad', feature: 'cad', expires: inDays(6) });
  const told = await first.notifications.waitFor('cad: licence expires soon');
  expect(told.body).toContain('acme-cad ends in 6 days');
  await first.quit();

  const second = await launch({ dataDirectory: first.dataDirectory });
  await second.serving();
  await install(second, { id: 'acme-sim', feature: 'sim', expires: inDays(1) });
  await second.notifications.waitFor('sim: licence expires soon');
  expect(second.notifications.titles).toEqual(['sim: licence expires soon']);
});

test('exhausted seats are told, and a click opens the licence', async ({ launch }) => {
  const understudy = await launch();
  const { notifications, app } = understudy;
  await understudy.serving();
  const window = await understudy.window();
  await understudy.snapshot();
  await install(understudy, { id: 'acme-cad', feature: 'cad', units: 1 });
  expect(await understudy.checkout('cad', 'one')).toBe(201);
  const told = await notifications.waitFor('cad: all seats in use');

  await window.evaluate(() => {
    const page = globalThis as unknown as PageGlobal;
    page.shownTabs = [];
    page.understudy.subscribe('tab.show', (value) => page.shownTabs.push(value));
  });
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  notifications.click(told);
  await expect
    .poll(() => window.evaluate(() => (globalThis as unknown as PageGlobal).shownTabs))
    .toEqual([{ tab: 'licences', license: 'acme-cad' }]);
  const visible = () =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  await expect.poll(visible).toBe(true);
});

test('many causes at once are one notification', async ({ launch }) => {
  const understudy = await launch();
  await understudy.serving();
  const grants = Array.from({ length: 6 }, (_, index) => ({
    id: `acme-${index}`,
    feature: `feature-${index}`,
    expires: inDays(3),
  }));
  await install(understudy, ...grants);
  const told = await understudy.notifications.waitFor('6 things need attention');
  expect(told.body).toContain('and 3 more');
  expect(understudy.notifications.titles).toEqual(['6 things need attention']);
});

test('while paused nothing is told; what still lasts is told afterwards', async ({ launch }) => {
  const understudy = await launch();
  const { tray, notifications } = understudy;
  await understudy.serving();
  await tray.choose('Pause notifications');
  await expect.poll(() => tray.labels()).toContainEqual(expect.stringContaining('Resume'));
  await install(understudy, { id: 'acme-cad', feature: 'cad', expires: inDays(3) });
  await expect.poll(() => tray.tooltip()).toContain('cad: licence expires soon');
  expect(notifications.titles).toEqual([]);
  await tray.choose('Resume');
  await notifications.waitFor('cad: licence expires soon');
});

test('an outage of the node is told, and its end', async ({ launch }) => {
  const understudy = await launch();
  const { notifications } = understudy;
  await understudy.serving();
  await understudy.snapshot();
  const goOn = await stall(understudy);
  await notifications.waitFor('The licence server is not responding');
  expect((await understudy.snapshot()).connection.state).toBe('away');
  goOn();
  await notifications.waitFor('Serving licences again');
  expect(notifications.titles).toHaveLength(2);
});

test('no notification when they are switched off', async ({ launch }) => {
  const understudy = await launch();
  const { tray, notifications } = understudy;
  await understudy.serving();
  const window = await understudy.window();
  await window.evaluate(() =>
    (
      globalThis as unknown as { understudy: { request(n: string, p: unknown): Promise<unknown> } }
    ).understudy.request('desktop.settings.set', { notifications: false }),
  );
  await install(understudy, { id: 'acme-cad', feature: 'cad', expires: inDays(3) });
  await expect.poll(() => tray.tooltip()).toContain('cad: licence expires soon');
  expect(await tray.labels()).not.toContain('Pause notifications for 1 h');
  expect(notifications.titles).toEqual([]);
});
