import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { severalNode } from '../support/renderer-harness/fixture-several.ts';
import { AppWindow } from './pages/app-window.ts';
import {
  changeSnapshot,
  expect,
  lastRequest,
  openHarness,
  test,
} from './support/window-harness.ts';

const folder = 'test-results/screenshots';
const [first, second] = severalNode.relationships;

test('the Overview shows each of several relationships, and what it would mean to lose both', async ({
  harness,
}) => {
  await mkdir(folder, { recursive: true });
  const page = await openHarness(harness, { scenario: 'pair' });
  await changeSnapshot(page, { node: severalNode });
  const calm = page.getByRole('region', { name: 'Backup: SRV-LIC-02 protects SRV-LIC-01' });
  const failed = page.getByRole('region', { name: 'Backup: SRV-LIC-02 protects SRV-DC-03' });
  await expect(calm).toContainText('A failover would work now.');
  await expect(calm.getByRole('figure')).toHaveAccessibleName(/^Main SRV-LIC-01: serving/);
  await expect(failed).toContainText('No standby is left: SRV-DC-03 is down');
  await expect(failed.getByRole('figure')).toHaveAccessibleName(/^Main SRV-DC-03: not connected/);
  const together = page.getByRole('region', { name: 'If several servers fail at once' });
  await expect(together).toContainText('stands in for SRV-LIC-01 and SRV-DC-03');
  await page.screenshot({ path: join(folder, 'several-overview.png'), fullPage: true });

  await calm.getByRole('button', { name: 'Switch over to SRV-LIC-02 …' }).click();
  const { dialog } = new AppWindow(page).overview;
  await dialog.getByRole('button', { name: 'Switch over', exact: true }).click();
  await expect
    .poll(() => lastRequest(page, 'switchover'))
    .toEqual({ to: severalNode.server.id, relationship: first?.id });
  await dialog.getByRole('button', { name: 'Close' }).click();

  await changeSnapshot(page, { node: severalNode });
  await calm.getByRole('button', { name: 'Preview …' }).click();
  await dialog.getByLabel('Server that stops').selectOption('SRV-LIC-01');
  await dialog.getByRole('checkbox', { name: 'SRV-DC-03' }).check();
  await page.screenshot({ path: join(folder, 'several-preview.png') });
  await expect
    .poll(() => lastRequest(page, 'preview'))
    .toEqual({ stop: first?.members[0]?.id, also: [second?.members[0]?.id] });
});

test('the Failover tab is about one of them, and leads to one more', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'pair' });
  await changeSnapshot(page, { node: severalNode });
  const window = new AppWindow(page);
  const failed = page.getByRole('region', { name: 'Backup: SRV-LIC-02 protects SRV-DC-03' });
  await failed.getByRole('button', { name: 'Failover settings' }).click();
  const { failover } = window;
  const picker = page.getByRole('combobox', { name: 'Relationship' });
  await expect(picker).toHaveValue(second?.id ?? '');
  await expect(failover.details).toContainText('SRV-LIC-02 protects SRV-DC-03');
  await page.screenshot({ path: join(folder, 'several-failover.png'), fullPage: true });

  await picker.selectOption('Backup: SRV-LIC-02 protects SRV-LIC-01');
  await expect(failover.details).toContainText('SRV-LIC-02 protects SRV-LIC-01');
  await failover.details.getByRole('button', { name: 'Dissolve …' }).click();
  await failover.dialog.getByRole('button', { name: 'Dissolve' }).click();
  await expect
    .poll(() => lastRequest(page, 'relationship.dissolve'))
    .toEqual({ force: false, relationship: first?.id });
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'One more relationship …' }).click();
  await expect(failover.wizard).toBeVisible();
  await page.getByRole('button', { name: 'Leave it as it is' }).click();
  await expect(failover.wizard).toBeHidden();
});
