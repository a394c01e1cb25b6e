import { AppWindow, readClipboard } from './pages/app-window.ts';
import { findPort } from './support/real-pair.ts';
import { expect, test } from './support/understudy.ts';

test('shows who tried wrong codes, then the key of the paired server, until it is forgotten', async ({
  launch,
}) => {
  const port = await findPort();
  const quiet = { mdns: false };
  const main = await launch({ nodeSettings: { name: 'SRV-A', listenPort: port, ...quiet } });
  const other = await launch({
    args: ['--hidden'],
    nodeSettings: { name: 'SRV-B', ...quiet },
  });
  await other.serving();
  const window = await AppWindow.open(main);
  const { servers, settings } = window;
  await window.goTo('Servers');
  await servers.invite.click();
  const code = await servers.dialog.locator('span', { hasText: /^\w{5}(-\w{5}){3}$/ }).innerText();
  const address = `127.0.0.1:${port}`;
  const wrong = other.admin('servers.pair', { address, code: 'AAAAA-AAAAA-AAAAA-AAAAA' });
  await expect(wrong).rejects.toThrow('PAIRING_REFUSED');
  const tries = servers.dialog.getByRole('list', { name: 'Where wrong codes came from' });
  await expect(tries.getByRole('listitem')).toHaveText(/^127\.0\.0\.1, as SRV-B: once at \d{4}-/);

  await other.admin('servers.pair', { address, code });
  await expect(servers.dialog).toContainText('Paired with SRV-B');
  await servers.dialog.getByRole('button', { name: 'Close' }).click();
  const { server } = await other.admin('status', {});
  await window.goTo('Settings');
  const key = settings.pairedKeys.getByRole('listitem').filter({ hasText: 'SRV-B' });
  await expect(key).toContainText(server.id.match(/.{8}/g)?.join(' ') ?? '');
  await key.getByRole('button', { name: /^Copy/ }).click();
  await expect.poll(() => readClipboard(main)).toBe(server.id);

  await window.goTo('Servers');
  await servers.row('SRV-B').getByRole('button', { name: 'Forget SRV-B' }).click();
  await servers.dialog.getByRole('button', { name: 'Forget server' }).click();
  await expect(servers.dialog).toBeHidden();
  await window.goTo('Settings');
  await expect(key).toBeHidden();
  const ended = async () => (await other.admin('servers.list', {})).servers[0]?.pairing;
  await expect.poll(ended).toBe('ended');
  await other.notifications.waitFor('SRV-A is no longer paired');
  expect(window.complaints).toEqual([]);
});
