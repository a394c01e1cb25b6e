import type { Page } from '@playwright/test';
import { expect, readDesktopLog, test, type Understudy } from './support/understudy.ts';

interface Bridge {
  request(name: string, params: unknown): Promise<unknown>;
  subscribe(name: string, listener: (value: unknown) => void): () => void;
}
type PageGlobal = typeof globalThis & { understudy: Bridge };

const page = 'app://understudy/index.html';

async function statusOf(window: Page, address: string): Promise<number | string> {
  return window.evaluate(
    (url) =>
      fetch(url).then(
        ({ status }) => status,
        (error: unknown) => String(error),
      ),
    address,
  );
}

/** Runs in a page of its own, with our preload and session, at another address. */
async function askFromElsewhere({ app }: Understudy, address: string): Promise<unknown> {
  return app.evaluate(async ({ BrowserWindow }, url) => {
    const ours = BrowserWindow.getAllWindows()[0];
    if (!ours) throw new Error('no window');
    const other = new BrowserWindow({
      show: false,
      webPreferences: { preload: `${process.cwd()}/dist/preload/preload.cjs`, sandbox: true },
    });
    await other.loadURL(url);
    return other.webContents.executeJavaScript(
      `window.understudy.request('snapshot.get', {}).catch(String)`,
    ) as Promise<unknown>;
  }, address);
}

test('the page has its policy, and loads nothing against it', async ({ launch }) => {
  const understudy = await launch();
  const window = await understudy.window();
  const violations: string[] = [];
  window.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
  const response = await window.reload();
  const policy = response?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|https?:|\*/);
  await window.waitForLoadState('networkidle');
  expect(violations).toEqual([]);

  const evaluated = await window.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(script);
    return 'injected' in globalThis;
  });
  expect(evaluated).toBe(false);
});

test('nothing of Node or Electron is in the page, only the bridge', async ({ launch }) => {
  const window = await (await launch()).window();
  const seen = await window.evaluate(() => ({
    node: ['require', 'process', 'Buffer', 'module', 'global'].filter((name) => name in globalThis),
    bridge: Object.keys((globalThis as PageGlobal).understudy).sort(),
  }));
  expect(seen).toEqual({ node: [], bridge: ['request', 'subscribe'] });
  const refused = await window.evaluate(() =>
    (globalThis as PageGlobal).understudy.request('status', {}).catch(String),
  );
  expect(refused).toContain('There is no request “status”');
});

test('files outside the window’s own folder are not served', async ({ launch }) => {
  const window = await (await launch()).window();
  expect(await statusOf(window, page)).toBe(200);
  for (const path of [
    '../../package.json',
    '..%2f..%2fpackage.json',
    '%2e%2e/%2e%2e/package.json',
    '..%5c..%5cpackage.json',
    '.%00/index.html',
    'main/main.js',
    '%E0%A4%A',
  ]) {
    expect(await statusOf(window, `app://understudy/${path}`), path).toBe(404);
  }
  expect(await statusOf(window, 'app://other/index.html')).toMatch(/TypeError/);
});

test('the page reaches no network and no file', async ({ launch }) => {
  const understudy = await launch();
  const window = await understudy.window();
  await understudy.serving();
  const { server } = await understudy.admin('status', {});
  const port = server.address.split(':').at(-1);
  for (const address of [`https://127.0.0.1:${port}/healthz`, 'file:///etc/hostname']) {
    expect(await statusOf(window, address), address).toMatch(/TypeError/);
  }
  // Not even without the policy of the page: the session itself refuses.
  const outcome = await understudy.app.evaluate(
    ({ session }, url) => session.defaultSession.fetch(url).then(String, String),
    `https://127.0.0.1:${port}/healthz`,
  );
  expect(outcome).toContain('ERR_BLOCKED_BY_CLIENT');
});

test('the window leads nowhere else', async ({ launch }) => {
  const understudy = await launch();
  const window = await understudy.window();
  await window.evaluate(() => {
    location.href = 'https://example.com/';
  });
  await window.evaluate(() => {
    location.href = 'file:///etc/passwd';
  });
  expect(await window.evaluate(() => globalThis.open('https://example.com/'))).toBeNull();
  expect(await window.evaluate(() => globalThis.open('app://understudy/index.html'))).toBeNull();
  await window.evaluate(() => {
    const link = document.createElement('a');
    link.href = 'https://example.com/';
    link.target = '_blank';
    document.body.append(link);
    link.click();
  });
  await expect
    .poll(() => readDesktopLog(understudy))
    .toContain('Navigation to https://example.com/');
  expect(understudy.app.windows()).toHaveLength(1);
  expect(window.url()).toBe(page);
  expect((await understudy.snapshot()).desktop.appVersion).toMatch(/^\d/);
});

test('the window is made with every guard up', async ({ launch }) => {
  const understudy = await launch();
  await understudy.window();
  const preferences = await understudy.app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    return contents.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  });
});

test('every permission is denied', async ({ launch }) => {
  const window = await (await launch()).window();
  const states = await window.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'];
    const answers = names.map((name) =>
      navigator.permissions.query({ name: name as PermissionName }),
    );
    return (await Promise.all(answers)).map(({ state }) => state);
  });
  expect(new Set(states)).toEqual(new Set(['denied']));
  const asked = await window.evaluate(() => Notification.requestPermission());
  expect(asked).toBe('denied');
  const media = await window.evaluate(() =>
    navigator.mediaDevices.getUserMedia({ audio: true }).then(
      () => 'granted',
      (error: unknown) => String(error),
    ),
  );
  expect(media).not.toBe('granted');
});

test('requests from any other page are refused', async ({ launch }) => {
  const understudy = await launch();
  await understudy.window();
  const forbidden = { ok: false, code: 'FORBIDDEN', message: expect.any(String) as unknown };
  expect(await askFromElsewhere(understudy, page)).toEqual(forbidden);
  expect(await askFromElsewhere(understudy, 'about:blank')).toEqual(forbidden);
});

test('main listens to no channel beside the contract', async ({ launch }) => {
  const understudy = await launch();
  await understudy.window();
  const channels = await understudy.app.evaluate(({ ipcMain }) => ipcMain.eventNames().map(String));
  // Electron's own, for faults.
  expect(channels).toEqual(['error']);
});

test('wrong params are refused with what is wrong', async ({ launch }) => {
  const window = await (await launch()).window();
  const ask = (name: string, params: unknown) =>
    window.evaluate(
      ([what, given]) => (globalThis as PageGlobal).understudy.request(String(what), given),
      [name, params],
    );
  const refusal = { ok: false, code: 'BAD_REQUEST' };
  expect(await ask('folder.open', { folder: '../..' })).toMatchObject(refusal);
  expect(await ask('desktop.settings.set', { theme: 'pink' })).toMatchObject(refusal);
  expect(await ask('desktop.settings.set', { closeToTrayTold: true })).toMatchObject(refusal);
  expect(await ask('lease.release', { id: 'x' })).toMatchObject(refusal);
  expect(await ask('lease.list', { limit: 1e9 })).toMatchObject(refusal);
  expect(await ask('clipboard.write', { text: 'x'.repeat(1_000_001) })).toMatchObject(refusal);
});
