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

  const slowestFrameMs = await leases.grid.evaluate(scrollThrough);
  test.info().annotations.push({ type: 'slowest frame', description: `${slowestFrameMs} ms` });
  console.log(`slowest frame while scrolling over 100,000 leases: ${slowestFrameMs} ms`);
  expect(slowestFrameMs).toBeLessThan(500);
  expect(await leases.rows.count()).toBeLessThan(80);
});

/** Scrolls over the whole list in 120 frames; resolves with the longest of them. */
async function scrollThrough(grid: HTMLElement): Promise<number> {
  const frames = 120;
  let slowestMs = 0;
  let lastMs = performance.now();
  for (let i = 1; i <= frames; i++) {
    grid.scrollTop = (grid.scrollHeight * i) / frames;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const nowMs = performance.now();
    slowestMs = Math.max(slowestMs, nowMs - lastMs);
    lastMs = nowMs;
  }
  return Math.round(slowestMs);
}
