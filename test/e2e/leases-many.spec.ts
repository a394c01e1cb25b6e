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
