import { findClipped, findLowContrast, findUnnamed } from './pages/accessibility.ts';
import { AppWindow, tabNames } from './pages/app-window.ts';
import { changeSnapshot, expect, openHarness, test } from './support/window-harness.ts';

for (const theme of ['light', 'dark', 'highContrast'] as const) {
  test(`every control has a name and every text its contrast: ${theme}`, async ({ harness }) => {
    const page = await openHarness(harness, { theme });
    const window = new AppWindow(page);
    for (const tab of tabNames) {
      await window.goTo(tab);
      await expect(page.getByRole('tabpanel').first()).not.toContainText('Reading …');
      expect(await findUnnamed(page), tab).toEqual([]);
      expect(await findLowContrast(page), tab).toEqual([]);
    }
    await window.goTo('Licences');
    await window.licences.open('render', 'Details');
    expect(await findUnnamed(page), 'panel').toEqual([]);
    expect(await findLowContrast(page), 'panel').toEqual([]);
    expect(window.complaints).toEqual([]);
  });
}

for (const theme of ['light', 'dark', 'highContrast'] as const) {
  test(`so it is with servers that protect each other: ${theme}`, async ({ harness }) => {
    for (const scenario of ['paired', 'failover', 'strict', 'forming'] as const) {
      const page = await openHarness(harness, { theme, scenario });
      const window = new AppWindow(page);
      for (const tab of ['Overview', 'Licences', 'Servers', 'Failover', 'Timeline'] as const) {
        await window.goTo(tab);
        await expect(page.getByRole('tabpanel').first()).not.toContainText('Reading …');
        expect(await findUnnamed(page), `${scenario} ${tab}`).toEqual([]);
        expect(await findLowContrast(page), `${scenario} ${tab}`).toEqual([]);
      }
      await window.goTo('Failover');
      for (const part of ['Licences covered', 'Timing', 'Fail back'] as const) {
        await window.failover.show(part);
        await expect(page.getByRole('tabpanel', { name: part })).not.toContainText('Reading …');
        expect(await findUnnamed(page), `${scenario} ${part}`).toEqual([]);
        expect(await findLowContrast(page), `${scenario} ${part}`).toEqual([]);
      }
      expect(window.complaints).toEqual([]);
      await page.close();
    }
  });
}

const sizes: [width: number, height: number][] = [
  [1024, 700],
  [820, 560],
  [512, 350],
];

for (const [width, height] of sizes) {
  test(`no part of a pair is cut off at ${width} by ${height}`, async ({ harness }) => {
    const page = await openHarness(harness, { width, height, scenario: 'strict' });
    const window = new AppWindow(page);
    for (const tab of ['Overview', 'Servers', 'Failover'] as const) {
      await window.goTo(tab);
      expect(await findClipped(page), tab).toEqual([]);
    }
    for (const part of ['Timing', 'Fail back', 'Licences covered'] as const) {
      await window.failover.show(part);
      expect(await findClipped(page), part).toEqual([]);
    }
    await window.goTo('Overview');
    await window.overview.relationship.getByRole('button', { name: 'Preview …' }).click();
    await expect(window.overview.dialog).toContainText('1 licence stops');
    expect(await findClipped(page), 'preview').toEqual([]);
  });

  test(`nothing is cut off at ${width} by ${height}`, async ({ harness }) => {
    const page = await openHarness(harness, { width, height });
    const window = new AppWindow(page);
    for (const tab of tabNames) {
      await window.goTo(tab);
      expect(await findClipped(page), tab).toEqual([]);
      const { right, bottom } = await page.evaluate(() => ({
        right: document.documentElement.scrollWidth - innerWidth,
        bottom: document.documentElement.scrollHeight - innerHeight,
      }));
      expect([right, bottom], tab).toEqual([0, 0]);
    }
    await window.goTo('Licences');
    await window.licences.row('render').click();
    await expect(window.licences.panel).toBeVisible();
    // It slides in.
    await expect.poll(() => findClipped(page), 'panel').toEqual([]);
  });
}

test('works by keyboard alone', async ({ harness }) => {
  const page = await openHarness(harness);
  const window = new AppWindow(page);
  for (const [index, tab] of tabNames.entries()) {
    await page.keyboard.press(`Control+${index + 1}`);
    await expect(window.heading(tab)).toBeVisible();
  }
  await page.keyboard.press('Control+2');
  const { grid, panel } = window.licences;
  const rows = grid.locator('[data-index]');
  await rows.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press('End');
  await expect(rows.last()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(panel).toBeVisible();
  await panel.getByRole('tab', { name: 'Holders' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(panel.getByRole('tab', { name: 'Versions' })).toHaveAttribute(
    'aria-selected',
    'true',
  );
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(rows.last()).toBeFocused();

  await page.keyboard.press('Control+5');
  await page.keyboard.press('Control+f');
  await expect(window.leases.search).toBeFocused();
});

for (const [width, height] of [
  [820, 560],
  [512, 350],
] as const) {
  test(`who serves, the state and the numbers of notices are seen at ${width} by ${height}`, async ({
    harness,
  }) => {
    const page = await openHarness(harness, { scenario: 'failover', width, height });
    const window = new AppWindow(page);
    await expect(window.tab('Licences')).toHaveAccessibleName(/^Licences, \d+ notices?$/);
    await expect(window.tab('Licences').locator('.fui-Badge').first()).toBeInViewport();
    await window.goTo('Licences');
    const { grid } = window.licences;
    await expect(grid.getByRole('columnheader', { name: 'Served by' })).toBeInViewport();
    await expect(grid.getByRole('columnheader', { name: 'State' })).toBeInViewport();
    const [within, needed] = await grid.evaluate((one) => [one.clientWidth, one.scrollWidth]);
    expect(needed).toBeLessThanOrEqual(within ?? 0);
  });
}

test('grids tell a screen reader what they are', async ({ harness }) => {
  const page = await openHarness(harness);
  const window = new AppWindow(page);
  await window.goTo('Licences');
  const { grid } = window.licences;
  await expect(grid).toHaveAttribute('aria-rowcount', '7');
  await expect(grid.getByRole('columnheader')).toHaveText([
    '',
    'Feature',
    'Product',
    'Seats in use',
    'Valid until',
    'State',
    'Failover',
    'Works now',
    'Served by',
  ]);
  const seats = window.licences
    .row('render')
    .getByRole('meter', { name: 'Seats in use of render' });
  await expect(seats).toHaveAttribute('aria-valuetext', '40 of 40 seats in use');
  await window.goTo('Leases');
  await expect(window.leases.rowAt(0)).toHaveAttribute('aria-rowindex', '2');
});

test('says that the server is away and since when; what is shown stays', async ({ harness }) => {
  const page = await openHarness(harness);
  const window = new AppWindow(page);
  const sinceMs = Date.now();
  await changeSnapshot(page, {
    connection: { state: 'away', mode: 'embedded', sinceMs, message: 'Its process ended.' },
  });
  const banner = page.getByText(/^The licence server has not answered since \d/).locator('..');
  await expect(banner).toContainText('Its process ended. What you see is the last known state.');
  await expect(window.overview.server).toContainText('Not answering');
  await expect(window.overview.seats).toContainText('of 827 seats');
  await changeSnapshot(page, {
    connection: { state: 'connected', mode: 'embedded', sinceMs },
  });
  await expect(banner).toBeHidden();
  await expect(window.overview.server).toContainText('Serving licences');
});

test('waits for a server that is starting, and says why it is not there', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'starting' });
  await expect(page.getByText('Starting the licence server …')).toBeVisible();
  await changeSnapshot(page, {
    connection: { state: 'away', mode: 'embedded', sinceMs: 0, message: 'Port 7470 is taken.' },
  });
  await expect(page.getByText('Port 7470 is taken.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Open the log folder' })).toBeVisible();
});
