import { AppWindow } from './pages/app-window.ts';
import { findLowContrast, findUnnamed } from './pages/accessibility.ts';
import { expect, lastRequest, openHarness, test } from './support/window-harness.ts';

// Servers that were emptied, put back or parted while they did not hear of each other: what the window says.

const folder = 'test-results/screenshots';

for (const theme of ['light', 'dark'] as const) {
  test(`a server that takes this one for paired is told of: ${theme}`, async ({ harness }) => {
    const page = await openHarness(harness, { scenario: 'stranger', theme });
    const { overview, complaints } = new AppWindow(page);
    await expect(overview.attention).toContainText(
      'SRV-LIC-02 says that it is paired with this server',
    );
    await expect(overview.attention).toContainText('pair the two again');
    await page.screenshot({ path: `${folder}/stranger-${theme}.png` });
    expect(complaints).toEqual([]);
  });

  test(`a relationship that was dissolved elsewhere says what is left to do: ${theme}`, async ({
    harness,
  }) => {
    const page = await openHarness(harness, { scenario: 'not-kept-by-all', theme });
    const window = new AppWindow(page);
    await expect(window.overview.relationship).toContainText('Not kept by all');
    await expect(window.overview.relationship).toContainText(
      'End it here too: understudy relationship dissolve --force',
    );
    await page.screenshot({ path: `${folder}/not-kept-by-all-${theme}.png` });
    await window.goTo('Failover');
    await page.screenshot({ path: `${folder}/not-kept-by-all-failover-${theme}.png` });
    expect(window.complaints).toEqual([]);
  });

  test(`a loss that drops what others have is accepted only after a warning: ${theme}`, async ({
    harness,
  }) => {
    const page = await openHarness(harness, { scenario: 'missing-data', theme });
    const { overview, complaints } = new AppWindow(page);
    await page.screenshot({ path: `${folder}/missing-data-${theme}.png` });
    await page.getByRole('button', { name: 'Accept the loss …' }).click();
    await expect(overview.dialog).toContainText('those of SRV-LIC-02 are dropped');
    expect(await findUnnamed(page)).toEqual([]);
    expect(await findLowContrast(page)).toEqual([]);
    await page.screenshot({ path: `${folder}/accept-loss-${theme}.png` });
    await overview.dialog.getByRole('button', { name: 'Accept the loss' }).click();
    await expect(overview.dialog).toBeHidden();
    expect(await lastRequest(page, 'ledger.acceptLoss')).toEqual({ force: true });
    expect(complaints).toEqual([]);
  });
}
