import type { Page } from '@playwright/test';
import { findByAxe } from './pages/axe.ts';
import { AppWindow, tabNames } from './pages/app-window.ts';
import { expect, openHarness, test, type HarnessOptions } from './support/window-harness.ts';

const themes = ['light', 'dark', 'highContrast'] as const;
type Theme = (typeof themes)[number];

async function open(
  harness: Parameters<typeof openHarness>[0],
  theme: Theme,
  scenario?: HarnessOptions['scenario'],
) {
  const page = await openHarness(harness, { theme, ...(scenario && { scenario }) });
  await page.emulateMedia({ forcedColors: theme === 'highContrast' ? 'active' : 'none' });
  const window = new AppWindow(page);
  const check = async (what: string) => {
    const found = await findByAxe(page, { forcedColours: theme === 'highContrast' });
    expect.soft(found, what).toEqual([]);
  };
  return { page, window, check };
}

/** Nothing is being read any more. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator('main')).not.toContainText('Reading …');
}

for (const theme of themes) {
  test(`axe finds nothing in any tab: ${theme}`, async ({ harness }) => {
    test.setTimeout(240_000);
    for (const scenario of ['typical', 'first-run', 'paired', 'pair', 'failover'] as const) {
      const { page, window, check } = await open(harness, theme, scenario);
      for (const tab of tabNames) {
        await window.goTo(tab);
        await settled(page);
        await check(`${scenario}: ${tab}`);
      }
    }
  });

  test(`axe finds nothing in any part of a tab: ${theme}`, async ({ harness }) => {
    test.setTimeout(240_000);
    const { page, window, check } = await open(harness, theme, 'pair');
    await window.goTo('Licences');
    for (const part of ['Holders', 'Denials', 'Versions', 'Details'] as const) {
      await window.licences.open('render', part);
      await settled(page);
      await check(`licence, ${part}`);
    }
    await window.licences.grid.getByRole('checkbox').nth(1).click();
    await check('licences that are chosen');
    await window.goTo('Failover');
    for (const part of ['Relationship', 'Licences covered', 'Timing', 'Fail back'] as const) {
      await window.failover.show(part);
      await check(`failover, ${part}`);
    }
    const alone = await open(harness, theme, 'paired');
    await alone.window.goTo('Failover');
    for (const step of ['Kind', 'Servers', 'Policy', 'Check and create']) {
      await expect(alone.window.failover.step).toContainText(step);
      await expect(alone.page.locator('main')).not.toContainText('Checking …');
      await alone.check(`wizard, ${step}`);
      if (step !== 'Check and create') await alone.window.failover.next();
    }
  });

  test(`axe finds nothing in any dialog: ${theme}`, async ({ harness }) => {
    test.setTimeout(240_000);
    const { page, window, check } = await open(harness, theme, 'pair');
    /** Looks at the dialog that the button opens, and closes it. */
    const look = async (button: string | RegExp) => {
      await page.getByRole('button', { name: button }).first().click();
      await expect(page.locator('.fui-DialogSurface')).toBeVisible();
      await check(`dialog of ${String(button)}`);
      await page.keyboard.press('Escape');
      await expect(page.locator('.fui-DialogSurface')).toBeHidden();
    };
    for (const button of [/^Switch over/, 'Drill …', 'Preview …']) await look(button);
    await page.getByRole('button', { name: 'Set aside' }).first().click();
    await check('menu of a notice');
    await page.keyboard.press('Escape');

    await window.goTo('Licences');
    await window.licences.importButton.click();
    await expect(window.importDialog.dialog).toBeVisible();
    await check('import');
    await window.importDialog.press('Install');
    await expect(window.importDialog.title(/installed$/)).toBeVisible();
    await check('import that is done');
    await page.keyboard.press('Escape');
    await window.drop('untrusted.json', '{"untrusted":1}');
    await expect(window.importDialog.title(/cannot be installed$/)).toBeVisible();
    await check('import that is refused');
    await page.keyboard.press('Escape');
    const key = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
    const file = { format: 'understudy-vendor/1', vendor: 'Acme', publicKey: key };
    await window.drop('acme.pub', JSON.stringify(file));
    await expect(window.importDialog.title(/^Trust the vendor/)).toBeVisible();
    await check('trust');
    await page.keyboard.press('Escape');
    await window.licences.open('render', 'Versions');
    await look(/^Roll back/);
    await window.licences.open('render', 'Details');
    await look('Remove this licence …');

    await window.goTo('Servers');
    for (const button of ['Invite a server …', 'Pair with a server …', /^Forget/])
      await look(button);
    await window.goTo('Failover');
    for (const button of ['Change policy …', 'Dissolve …']) await look(button);
    await window.goTo('Leases');
    await look(/^Release the seat/);
    await window.leases.grid
      .getByRole('checkbox', { name: /^Choose the seat/ })
      .first()
      .click();
    await look(/^Release \d+ seats? …/);
    await window.goTo('Settings');
    await look(/key …$/);
    await look(/^Forget/);
    await window.settings.network.getByLabel('Server name').fill('SRV-NEW');
    await window.tab('Overview').click();
    await check('drafts that would be lost');
  });
}
