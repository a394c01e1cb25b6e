import { expect, openHarness, test } from './support/window-harness.ts';
import { LeasesPage } from './pages/leases-page.ts';
import { AppWindow } from './pages/app-window.ts';

const leaseCount = 100_000;

test('100,000 leases stay smooth: few rows are drawn, any of them is there at once', async ({
  harness,
}) => {
  const page = await openHarness(harness, { leases: leaseCount });
  const window = new AppWindow(page);
  const leases = new LeasesPage(page);
  await window.goTo('Leases');
  await expect(leases.count).toHaveText('100,000 leases');
  await expect(leases.grid).toHaveAttribute('aria-rowcount', String(leaseCount + 1));
  await expect(leases.rowAt(0)).toContainText('user000000');
  expect(await leases.rows.count()).toBeLessThan(80);

  await leases.rowAt(0).focus();
  await page.keyboard.press('End');
  await expect(leases.rowAt(leaseCount - 1)).toContainText('user099999');
  await expect(leases.rowAt(leaseCount - 1)).toBeFocused();
  await page.keyboard.press('Home');
  await expect(leases.rowAt(0)).toBeFocused();

  const { medianMs, slowestMs } = await leases.grid.evaluate(scrollThrough);
  console.log(
    `frames while scrolling over 100,000 leases: ${medianMs} ms, slowest ${slowestMs} ms`,
  );
  expect(medianMs).toBeLessThan(100);
  expect(await leases.rows.count()).toBeLessThan(80);
});

test('Shift chooses rows that were not drawn yet, and says where it ends', async ({ harness }) => {
  const page = await openHarness(harness, { leases: 5_000 });
  const window = new AppWindow(page);
  const leases = new LeasesPage(page);
  const chosen = page.getByRole('group', { name: 'Chosen rows' });
  await window.goTo('Leases');
  await leases.rowAt(0).focus();
  await page.keyboard.press('Space');
  await expect(chosen).toContainText('1 lease chosen');
  await leases.grid.evaluate((grid) => {
    grid.scrollTop = (grid.scrollHeight * 800) / 5_000;
  });
  await expect(leases.rowAt(800)).toContainText('user000800');
  await leases.rowAt(800).click({ modifiers: ['Shift'] });
  await expect(chosen).toContainText('801 leases chosen');

  await leases.rowAt(800).focus();
  await page.keyboard.press('End');
  await expect(leases.rowAt(4_999)).toContainText('user004999');
  await page.keyboard.press('Shift+Space');
  await expect(chosen).toContainText(
    '1,000 leases chosen of 5,000; at most 1,000 are chosen in one step',
  );
});

test('leases that a filter leaves out are no longer chosen', async ({ harness }) => {
  const page = await openHarness(harness);
  const window = new AppWindow(page);
  const leases = new LeasesPage(page);
  const chosen = page.getByRole('group', { name: 'Chosen rows' });
  await window.goTo('Leases');
  for (const index of [0, 1, 2, 3]) {
    await leases.rowAt(index).click({ modifiers: ['Control'] });
  }
  await expect(chosen).toContainText('4 leases chosen');
  await leases.search.fill('user00030');
  await expect(chosen).toBeHidden();
  await expect(leases.count).toHaveText('10 of 313 leases');
  await expect(leases.grid.getByRole('checkbox', { name: 'Choose all' })).not.toBeChecked();
  await leases.heading('User').click();
  await leases.rowAt(0).click({ modifiers: ['Control'] });
  await leases.heading('User').click();
  await expect(chosen).toContainText('1 lease chosen');
});

/** Scrolls over the whole list in 120 frames, each of which draws every row anew. */
async function scrollThrough(grid: HTMLElement): Promise<{ medianMs: number; slowestMs: number }> {
  const frames = 120;
  const durationsMs: number[] = [];
  let lastMs = performance.now();
  for (let i = 1; i <= frames; i++) {
    grid.scrollTop = (grid.scrollHeight * i) / frames;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const nowMs = performance.now();
    durationsMs.push(nowMs - lastMs);
    lastMs = nowMs;
  }
  durationsMs.sort((a, b) => a - b);
  const at = (index: number) => Math.round(durationsMs[index] ?? 0);
  return { medianMs: at(frames / 2), slowestMs: at(frames - 1) };
}
