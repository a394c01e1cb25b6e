import { readFile } from 'node:fs/promises';
import { AppWindow, chooseTarget, readClipboard } from './pages/app-window.ts';
import { expect, test } from './support/understudy.ts';

test('tells what happens as it happens', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { timeline } = window;
  await window.goTo('Timeline');
  await expect(timeline.rows.first()).toBeVisible();
  await understudy.admin('settings.set', { requestsPerSecondMax: 123 });
  await expect(timeline.rows.first()).toContainText('123', { timeout: 2_000 });

  await timeline.follow.click();
  const before = await timeline.rows.first().innerText();
  await understudy.admin('settings.set', { requestsPerSecondMax: 456 });
  await expect(timeline.showNew).toBeVisible();
  expect(await timeline.rows.first().innerText()).toBe(before);
  await timeline.showNew.click();
  await expect(timeline.rows.first()).toContainText('456');
  await expect(timeline.follow).toBeChecked();
  expect(window.complaints).toEqual([]);
});

test('filters, loads older entries, copies and exports', async ({ launch }) => {
  const understudy = await launch();
  for (let i = 0; i < 250; i++) {
    await understudy.serving();
    await understudy.admin('settings.set', { requestsPerSecondMax: 1_000 + i });
  }
  const window = await AppWindow.open(understudy);
  const { timeline } = window;
  await window.goTo('Timeline');
  await expect(timeline.count).toHaveText('200 entries; scroll down for older ones');
  await timeline.rows.first().focus();
  await window.page.keyboard.press('End');
  await expect(timeline.count).toHaveText(/^2[5-9]\d entries$/);
  await expect(timeline.follow).not.toBeChecked();

  await timeline.search.fill('1042');
  await expect(timeline.rows).not.toHaveCount(0);
  await expect(timeline.rows.first()).toContainText('1042');
  await timeline.copy.click();
  await expect.poll(() => readClipboard(understudy)).toContain('1042');
  await timeline.search.fill('');
  await timeline.severity.selectOption('Errors');
  await expect(window.page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();

  const path = await chooseTarget(understudy, 'timeline.csv');
  await window.page.getByRole('button', { name: 'Export CSV …' }).click();
  await expect(window.page.getByText(/entries written\./)).toBeVisible();
  expect((await readFile(path, 'utf8')).split('\n').length).toBeGreaterThan(250);
});
