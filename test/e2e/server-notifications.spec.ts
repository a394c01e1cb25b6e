import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { AppWindow } from './pages/app-window.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { expect, test } from './support/understudy.ts';

const pictures = 'test-results/screenshots';

test('a webhook is set up, tested, told of an event and removed; its secret is never shown', async ({
  launch,
}) => {
  const got: { text: string; test: boolean }[] = [];
  let status = 500;
  const hook = createServer((request, reply) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      if (status === 204) got.push(JSON.parse(text) as { text: string; test: boolean });
      reply.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const address = hook.address();
  const host = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;

  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, settings } = window;
  await window.goTo('Settings');
  const way = settings.notifications.getByRole('group', { name: 'Webhook' });
  await expect(way).toContainText('nobody is told');
  await way.getByRole('button', { name: 'Tell by webhook …' }).click();
  const dialog = confirmDialog(page, 'Notifications: Webhook');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toContainText('Type an address that begins with https://');
  await dialog.getByLabel('Address').fill(`http://${host}/t0ken`);
  await dialog.getByLabel('What admins change').check();
  await expect(dialog.getByLabel('What admins change')).toBeChecked();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(way).toContainText(host);

  await way.getByRole('button', { name: 'Send a test' }).click();
  await expect(way).toContainText('answered with status 500');
  status = 204;
  await way.getByRole('button', { name: 'Send a test' }).click();
  await expect(way.getByText('The test was taken.')).toBeVisible();
  // What could not be told before follows it.
  expect(got).toContainEqual(expect.objectContaining({ test: true }));
  await settings.apply(settings.network, 'Server name', 'LIC-EAST');
  await expect(settings.network.getByText('Applied.')).toBeVisible();
  await expect.poll(() => got.at(-1)?.text).toContain('LIC-EAST: Settings were changed');

  // What is left empty stays.
  await way.getByRole('button', { name: 'Change the webhook …' }).click();
  await expect(dialog.getByLabel('Address')).toHaveValue('');
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/notifications-dialog.png` });
  await dialog.getByLabel('Seats that run out').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await way.getByRole('button', { name: 'Send a test' }).click();
  await expect(way.getByText('The test was taken.')).toBeVisible();
  expect(await page.content()).not.toContain('t0ken');
  await settings.notifications.scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${pictures}/notifications.png` });

  await way.getByRole('button', { name: 'Remove …' }).click();
  await confirmDialog(page, 'Tell nobody by webhook?')
    .getByRole('button', { name: 'Remove' })
    .click();
  await expect(way).toContainText('nobody is told');
  hook.close();
  expect(window.complaints).toEqual([]);
});
