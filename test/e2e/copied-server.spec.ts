import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyInto } from '../support/copy-into.ts';
import { pairNodes } from '../support/renderer-harness/fixture-pair.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { AppWindow } from './pages/app-window.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { electronBinary, expect, test } from './support/understudy.ts';
import {
  changeSnapshot,
  lastRequest,
  openHarness,
  test as harnessTest,
} from './support/window-harness.ts';

const folder = 'test-results/screenshots';
const title = 'Two servers have one identity';

test('a copy says so in its window and gets an identity of its own there', async ({ launch }) => {
  await mkdir(folder, { recursive: true });
  const original = await mkdtemp(join(tmpdir(), 'us-o-'));
  const copy = await mkdtemp(join(tmpdir(), 'us-c-'));
  const start = () => {
    const args = ['--listen', '127.0.0.1:0', '--name', 'SRV-A'];
    return new ServeProcess(original, { args, built: true, runtime: electronBinary() });
  };
  const first = start();
  await first.ready();
  await first.stop();
  copyInto(original, copy);
  const serve = start();
  try {
    const { id, port } = await serve.ready();
    const file = join(copy, 'server.json');
    const fixedPeers = [`127.0.0.1:${port}`];
    const settings = { name: 'SRV-A', listenHost: '127.0.0.1', listenPort: 0, mdns: false };
    writeFileSync(file, JSON.stringify({ ...settings, fixedPeers }));

    const understudy = await launch({ dataDirectory: copy });
    // A copy serves nothing.
    const window = new AppWindow(await understudy.window());
    const { page } = window;
    await expect(page.getByText(title).first()).toBeVisible({ timeout: 20_000 });
    await window.goTo('Servers');
    await expect(page.getByText(`The server at 127.0.0.1:${port} has the same`)).toBeVisible();
    await page.screenshot({ path: join(folder, 'copied-server.png') });
    await page.getByRole('button', { name: 'Give this server a new identity …' }).click();
    const question = confirmDialog(page, 'Give this server a new identity?');
    await expect(question).toContainText('Do it on the copy and not on the original.');
    await page.screenshot({ path: join(folder, 'renew-identity.png') });
    await question.getByRole('button', { name: 'Order a new identity' }).click();
    const result = confirmDialog(page, 'A new identity is ready');
    await expect(result).toContainText('the next start of Understudy');
    await result.getByRole('button', { name: 'Close' }).click();
    const { nextId } = await understudy.admin('identity.renew', {});
    expect(window.complaints).toEqual([]);
    await understudy.quit();

    const again = await launch({ dataDirectory: copy });
    await again.serving();
    expect((await again.admin('status', {})).server.id).toBe(nextId);
    expect(nextId).not.toBe(id);
    expect((await again.admin('snapshot', {})).copyAt).toBeNull();
    expect(readFileSync(file, 'utf8')).toContain(String(port));
    await again.quit();
  } finally {
    await serve.stop();
    await rm(original, { recursive: true, force: true, maxRetries: 5 });
    await rm(copy, { recursive: true, force: true, maxRetries: 5 });
  }
});

harnessTest(
  'servers that were put back are named, this one with the way out',
  async ({ harness }) => {
    await mkdir(folder, { recursive: true });
    const page = await openHarness(harness, { scenario: 'pair' });
    const window = new AppWindow(page);
    await window.goTo('Servers');
    const { pair } = pairNodes;
    const putBackAt = pair.at;
    const [backup, ...others] = pair.servers;
    if (!backup) throw new Error('the pair has a backup');
    await changeSnapshot(page, {
      node: {
        ...pair,
        server: { ...pair.server, putBackAt },
        servers: [{ ...backup, putBackAt }, ...others],
      },
    });
    await expect(page.getByText('This server was put back from an earlier state.')).toBeVisible();
    await expect(
      page.getByText(`${backup.name} was put back from an earlier state.`),
    ).toBeVisible();
    await page.screenshot({ path: join(folder, 'put-back.png') });
    const offers = page.getByRole('button', { name: 'Give this server a new identity …' });
    await expect(offers).toHaveCount(1);
    await offers.click();
    const question = confirmDialog(page, 'Give this server a new identity?');
    await question.getByRole('button', { name: 'Cancel' }).click();
    expect(await lastRequest(page, 'identity.renew')).toBeUndefined();

    // A day later nobody has to know any longer.
    const at = new Date(Date.parse(pair.at) + 25 * 3_600_000).toISOString();
    await changeSnapshot(page, { node: { ...pair, at, server: { ...pair.server, putBackAt } } });
    await expect(offers).toHaveCount(0);
  },
);
