import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppWindow } from './pages/app-window.ts';
import {
  allowFailover,
  expectReady,
  findPort,
  install,
  kill,
  relate,
  stall,
} from './support/real-pair.ts';
import { expect, test, type LaunchOptions, type Understudy } from './support/understudy.ts';

// What two real applications say at the moment that counts: one is killed, frozen, brought back, and the
// session bus of each sees what its admin is told.

const folder = 'test-results/screenshots';
type Launch = (options?: LaunchOptions) => Promise<Understudy>;

test.beforeEach(async () => {
  test.setTimeout(240_000);
  await mkdir(folder, { recursive: true });
});

/** Two applications that protect each other, without the way there through their windows. */
async function startPair(launch: Launch): Promise<[main: Understudy, backup: Understudy]> {
  const port = await findPort();
  const main = await launch({ nodeSettings: { name: 'SRV-A', listenPort: port, mdns: false } });
  const backup = await launch({ nodeSettings: { name: 'SRV-B', mdns: false } });
  await main.serving();
  await backup.serving();
  await install(
    main,
    { id: 'acme-cad', feature: 'cad', units: 5, redundancy: 'backup' },
    { id: 'acme-own', feature: 'own', redundancy: 'none' },
  );
  await relate(main, backup, port);
  await allowFailover(main);
  await expectReady(main, backup);
  return [main, backup];
}

test('a server that fails again and again is told of each time, grouped, and as one entry', async ({
  launch,
}) => {
  const [first, backup] = await startPair(launch);
  const { notifications } = backup;
  const b = new AppWindow(await backup.window());
  let main = first;
  const endsTold = () =>
    notifications.titles.filter((title) => title === 'SRV-A took its licences back from SRV-B');
  for (const [round, begin] of [
    'SRV-A stopped responding',
    'SRV-A failed 2 times in ',
    'SRV-A failed 3 times in ',
  ].entries()) {
    await kill(main);
    await notifications.waitFor(begin, 60_000);
    if (round === 0) {
      await b.goTo('Licences');
      const works = b.licences.row('cad').getByTitle(/^SRV-A is down or cannot be reached/);
      await expect(works).toContainText(/No\s*no standby/);
      await expect(b.licences.row('acme-own')).toContainText('waits for SRV-A');
      await b.page.screenshot({ path: join(folder, 'truth-licences.png') });
      await b.goTo('Overview');
      await expect(b.overview.readiness).toContainText('No standby is left: SRV-A is down');
      const unserved = b.overview.attention.getByRole('button', { name: /own: not served/ });
      await expect(unserved).toContainText('may run only on SRV-A');
      await b.page.screenshot({ path: join(folder, 'truth-overview.png') });
    }
    main = await launch({ dataDirectory: main.dataDirectory });
    await expect.poll(() => endsTold().length, { timeout: 60_000 }).toBe(round + 1);
  }
  const last = notifications.shown.at(-1);
  expect(last?.body).toMatch(/1 licence, 0 seats kept\. SRV-A failed 3 times in .*\./);
  expect(notifications.titles.map((title) => title.split(' times')[0])).toEqual([
    'SRV-A stopped responding',
    'SRV-A took its licences back from SRV-B',
    'SRV-A failed 2',
    'SRV-A took its licences back from SRV-B',
    'SRV-A failed 3',
    'SRV-A took its licences back from SRV-B',
  ]);

  await b.goTo('Timeline');
  const failures = b.timeline.rows.filter({ hasText: 'SRV-B is serving 1 licence' });
  await expect(failures).toHaveCount(3);
  const unfold = failures.first().getByRole('button', { name: /about this$/ });
  await expect(unfold).toHaveAttribute('aria-expanded', 'false');
  const part = b.timeline.rows.filter({ hasText: 'SRV-A stopped unexpectedly' });
  await expect(part).toHaveCount(0);
  await unfold.click();
  await expect(unfold).toHaveAttribute('aria-expanded', 'true');
  await expect(part).toHaveCount(1);
  await b.page.screenshot({ path: join(folder, 'truth-timeline.png') });
  expect(b.complaints).toEqual([]);
});

test('the server that is back counts down, says why, and is given its licences at once', async ({
  launch,
}) => {
  const [main, backup] = await startPair(launch);
  await main.admin('relationship.set', { settings: { reclaimAfterMs: 600_000 } });
  await kill(main);
  await backup.notifications.waitFor('SRV-A stopped responding', 60_000);
  const returned = await launch({ dataDirectory: main.dataDirectory });
  const window = new AppWindow(await returned.window());
  await window.goTo('Failover');
  await window.failover.show('Fail back');
  const now = window.page.getByRole('region', { name: 'Now' });
  const due =
    /SRV-A takes its licences back in (\d+) (seconds|minutes)\. To do it at once, fail back\./;
  await expect(now).toContainText(due, { timeout: 60_000 });
  const leftMs = async () => {
    const { node } = await returned.snapshot();
    return node?.ledgers.find(({ members }) => members.length > 1)?.reclaim?.leftMs ?? Infinity;
  };
  const first = await leftMs();
  await expect.poll(leftMs).toBeLessThan(first - 2_000);
  await window.page.screenshot({ path: join(folder, 'truth-countdown.png') });

  await now.getByRole('button', { name: 'Fail back to SRV-A …' }).click();
  const { dialog } = window.overview;
  await dialog.getByRole('button', { name: 'Fail back', exact: true }).click();
  await expect(dialog.getByRole('heading', { name: 'Failed back' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(now).toContainText('Every licence is served by its own server');
  expect(window.complaints).toEqual([]);
});

test('a server that stalls and goes on tells its own admin both, and what is served by whom', async ({
  launch,
}) => {
  const [main, backup] = await startPair(launch);
  const goOn = await stall(main);
  await main.notifications.waitFor('The licence server is not responding');
  await backup.notifications.waitFor('SRV-A stopped responding', 60_000);
  goOn();
  await main.notifications.waitFor('Serving licences again', 60_000);
  await backup.notifications.waitFor('SRV-A took its licences back from SRV-B', 60_000);
  expect(main.notifications.titles[0]).toBe('The licence server is not responding');
  expect(main.notifications.titles.at(-1)).toBe('Serving licences again');
  expect(main.notifications.titles).not.toContain('SRV-A took its licences back from SRV-B');
});

test('after a switchover everything agrees: a failover would work, back to the main', async ({
  launch,
}) => {
  const [main, backup] = await startPair(launch);
  const [a, b] = [await AppWindow.open(main), new AppWindow(await backup.window())];
  await a.goTo('Overview');
  await a.overview.relationship.getByRole('button', { name: 'Switch over to SRV-B …' }).click();
  await expect(a.overview.dialog).toContainText('SRV-B takes over 1 licence');
  await a.overview.dialog.getByRole('button', { name: 'Switch over', exact: true }).click();
  await expect(a.overview.dialog.getByRole('heading', { name: 'Switched over' })).toBeVisible();
  await expect(a.overview.dialog).toContainText('SRV-B took over 1 licence from SRV-A in ');
  await a.overview.dialog.getByRole('button', { name: 'Close' }).click();
  for (const window of [a, b]) {
    await window.goTo('Overview');
    await expect(window.overview.readiness).toContainText('A failover would work now.');
    await expect(window.overview.readiness).not.toContainText('not work');
  }
  await b.page.screenshot({ path: join(folder, 'truth-switched-over.png') });

  await a.goTo('Failover');
  await a.page.getByRole('tab', { name: 'Fail back' }).click();
  await expect(
    a.page.getByText('An admin switched over: fail back when it is time.'),
  ).toBeVisible();
  await a.page.getByRole('button', { name: 'Fail back to SRV-A …' }).click();
  await expect(a.overview.dialog).toContainText('SRV-A takes over 1 licence');
  await expect(a.overview.dialog).toContainText('1 more licence is served again');
  await a.overview.dialog.getByRole('button', { name: 'Fail back', exact: true }).click();
  await expect(a.overview.dialog.getByRole('heading', { name: 'Failed back' })).toBeVisible();
  await expect(a.overview.dialog).toContainText('SRV-A took over 1 licence from SRV-B in ');
  await a.overview.dialog.getByRole('button', { name: 'Close' }).click();
  await expectReady(main, backup);

  await a.goTo('Overview');
  await a.overview.relationship.getByRole('button', { name: 'Drill …' }).click();
  await a.overview.dialog.getByRole('button', { name: 'Start the drill' }).click();
  await expect(a.overview.dialog.getByRole('heading', { name: 'Drill passed' })).toBeVisible({
    timeout: 30_000,
  });
  // It is passed when the two are as ready as before it.
  const { readiness } = await main.admin('snapshot', {});
  expect(readiness).toMatchObject({ ready: true, reasons: [] });
  await a.overview.dialog.getByRole('button', { name: 'Close' }).click();
  for (const one of [main, backup]) {
    const told = await one.notifications.waitFor('Drill');
    expect(told.body).toContain('The drill was passed');
    // A switchover, a failback and a drill that admins ordered are no failover.
    expect(one.notifications.titles).toEqual(['Drill']);
  }
  const { node } = await backup.snapshot();
  expect(node?.events.filter(({ kind }) => kind.startsWith('readiness'))).toEqual([]);

  await a.overview.relationship.getByRole('button', { name: 'Drill …' }).click();
  await a.overview.dialog.getByRole('button', { name: 'Start the drill' }).click();
  await a.overview.dialog.getByRole('button', { name: 'Cancel the drill' }).click();
  const cancelled = a.overview.dialog.getByRole('heading', { name: 'Drill cancelled' });
  await expect(cancelled).toBeVisible({ timeout: 30_000 });
  await a.page.screenshot({ path: join(folder, 'truth-drill-cancelled.png') });
  await a.overview.dialog.getByRole('button', { name: 'Close' }).click();
  // What was given over is given back.
  await expectReady(main, backup);
  const { ledgers } = await main.admin('snapshot', {});
  expect(ledgers.map(({ here }) => here)).not.toContain('standby');
});

test('what another admin ends is told, and can be begun again with a button', async ({
  launch,
}) => {
  const [main, backup] = await startPair(launch);
  const [a, b] = [await AppWindow.open(main), new AppWindow(await backup.window())];
  await b.goTo('Failover');
  await b.page.getByRole('button', { name: 'Dissolve …' }).click();
  await b.overview.dialog.getByRole('button', { name: 'Dissolve', exact: true }).click();
  await expect(b.page.getByText('The relationship is dissolved.')).toBeVisible({ timeout: 30_000 });
  const told = await main.notifications.waitFor('The relationship was dissolved', 30_000);
  expect(told.body).toContain('The relationship with SRV-B was dissolved by another admin');
  expect(backup.notifications.titles).toEqual([]);

  await backup.admin('servers.forget', { id: 'SRV-A' });
  await main.notifications.waitFor('SRV-B is no longer paired', 30_000);
  await a.goTo('Servers');
  await a.servers.row('SRV-B').getByRole('button', { name: 'Pair again with SRV-B' }).click();
  await expect(a.servers.dialog.getByLabel('Code')).toBeVisible();
  await a.page.screenshot({ path: join(folder, 'truth-pair-again.png') });
});
