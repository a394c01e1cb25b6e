import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  application,
  electronBinary,
  expect,
  nodePid,
  readDesktopLog,
  test,
  type Understudy,
} from './support/understudy.ts';

interface PageGlobal {
  understudy: { request(name: string, params: unknown): Promise<unknown> };
}

async function request({ window }: Understudy, name: string, params: unknown): Promise<unknown> {
  return (await window()).evaluate(
    ([what, given]) =>
      (globalThis as unknown as PageGlobal).understudy.request(String(what), given),
    [name, params],
  );
}

function windowIs({ app }: Understudy, state: 'isVisible' | 'isMinimized'): Promise<boolean> {
  return app.evaluate(
    ({ BrowserWindow }, what) => BrowserWindow.getAllWindows()[0]?.[what]() === true,
    state,
  );
}

async function closeWindow({ app }: Understudy): Promise<void> {
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
}

/** `serve` as the system starts it at boot; resolves when it says that it is ready. */
async function startServe(dataDirectory: string) {
  const serve = spawn(
    electronBinary(),
    [join(application, 'dist/main/serve.js'), '--data-dir', dataDirectory],
    { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  for await (const line of createInterface({ input: serve.stdout })) {
    if (line.startsWith('ready ')) return serve;
  }
  throw new Error('the server ended before it was ready');
}

test('closing the window leaves the tray, and says so the first time', async ({ launch }) => {
  const understudy = await launch();
  await understudy.serving();
  await understudy.window();
  await expect.poll(() => windowIs(understudy, 'isVisible')).toBe(true);
  await closeWindow(understudy);
  await expect.poll(() => windowIs(understudy, 'isVisible')).toBe(false);
  await understudy.notifications.waitFor('Understudy goes on in the background');
  await understudy.serving();

  await understudy.tray.activate();
  await expect.poll(() => windowIs(understudy, 'isVisible')).toBe(true);
  await closeWindow(understudy);
  await expect.poll(() => windowIs(understudy, 'isVisible')).toBe(false);
  expect(understudy.notifications.titles).toHaveLength(1);
});

test('without a tray the window stays within reach', async ({ launch }) => {
  const understudy = await launch({ tray: false });
  await understudy.window();
  await expect.poll(() => windowIs(understudy, 'isVisible')).toBe(true);
  await closeWindow(understudy);
  const told = await understudy.notifications.waitFor('Understudy goes on in the background');
  expect(told.body).toContain('There is no tray here');
});

test('the menu is there for its shortcuts, and its bar is not drawn', async ({ launch }) => {
  const understudy = await launch();
  await understudy.window();
  const menu = await understudy.app.evaluate(({ BrowserWindow, Menu }) => ({
    drawn: BrowserWindow.getAllWindows()[0]?.isMenuBarVisible(),
    roles: Menu.getApplicationMenu()?.items.flatMap(
      (item) => item.submenu?.items.map(({ role }) => String(role).toLowerCase()) ?? [],
    ),
  }));
  expect(menu.drawn).toBe(false);
  expect(menu.roles).toEqual(
    expect.arrayContaining(['close', 'cut', 'copy', 'paste', 'selectall', 'zoomin', 'zoomout']),
  );
  expect(menu.roles).not.toContain('quit');
});

test('a second start shows the window of the first', async ({ launch }) => {
  const understudy = await launch({ args: ['--hidden'] });
  await understudy.serving();
  expect(understudy.app.windows()).toHaveLength(0);
  const second = spawn(
    electronBinary(),
    ['--no-sandbox', '--disable-gpu', application, `--user-data-dir=${understudy.dataDirectory}`],
    { env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: understudy.bus.address }, stdio: 'ignore' },
  );
  const [status] = (await once(second, 'exit')) as [number];
  expect(status).toBe(0);
  await understudy.window();
});

function boundsOf({ app }: Understudy) {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
}

test('the window comes back where it was', async ({ launch }) => {
  const first = await launch();
  await first.window();
  const place = { x: 120, y: 90, width: 1024, height: 700 };
  await first.app.evaluate(
    ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
    place,
  );
  // The display server resizes in its own time.
  const size = { width: place.width, height: place.height };
  await expect.poll(() => boundsOf(first)).toMatchObject(size);
  await first.quit();
  const second = await launch({ dataDirectory: first.dataDirectory });
  await second.window();
  expect(await boundsOf(second)).toMatchObject(size);
});

test('the theme changes at once and is remembered', async ({ launch }) => {
  const first = await launch();
  await first.window();
  expect(await request(first, 'desktop.settings.set', { theme: 'dark' })).toEqual({
    ok: true,
    value: {},
  });
  await expect.poll(async () => (await first.snapshot()).desktop.effectiveTheme).toBe('dark');
  await first.quit();
  const second = await launch({ dataDirectory: first.dataDirectory });
  expect((await second.snapshot()).desktop).toMatchObject({
    theme: 'dark',
    effectiveTheme: 'dark',
  });
});

test('starting with the system is refused in a checkout, with the reason', async ({ launch }) => {
  const understudy = await launch();
  expect((await understudy.snapshot()).desktop.startWithSystemUnavailable).toContain('checkout');
  expect(
    await request(understudy, 'desktop.settings.set', { startWithSystem: true }),
  ).toMatchObject({
    ok: false,
    code: 'SETTING_REFUSED',
  });
});

test('a data directory that cannot be written ends the start with the reason', async () => {
  const started = spawn(
    electronBinary(),
    ['--no-sandbox', '--disable-gpu', application, '--user-data-dir=/dev/null/understudy'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  started.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [status] = (await once(started, 'close')) as [number];
  expect(said).toContain('The data directory /dev/null/understudy cannot be used: ');
  expect(status).toBe(1);
});

test('damaged settings are put aside and said', async ({ launch }) => {
  const first = await launch({ args: ['--hidden'] });
  await first.serving();
  await first.quit();
  await writeFile(join(first.dataDirectory, 'desktop-settings.json'), '{"theme": "pi');
  const second = await launch({ dataDirectory: first.dataDirectory });
  const { attention, desktop } = await second.snapshot();
  expect(desktop.theme).toBe('system');
  expect(attention).toContainEqual(expect.objectContaining({ key: 'desktopSettings:damaged' }));
  const aside = (await readdir(first.dataDirectory)).find((name) => name.includes('.damaged-'));
  const kept = await readFile(join(first.dataDirectory, aside ?? 'nothing'), 'utf8');
  expect(kept).toBe('{"theme": "pi');
});

test('the embedded node is started again when it dies', async ({ launch }) => {
  const understudy = await launch();
  await understudy.serving();
  await understudy.admin('demo.install', { consent: true });
  await understudy.window();
  const pidOfNode = () => nodePid(understudy);
  const former = await pidOfNode();
  process.kill(former ?? 0, 'SIGKILL');
  await expect.poll(pidOfNode).not.toBe(former);
  await understudy.serving();
  await expect
    .poll(async () => (await understudy.snapshot()).connection)
    .toMatchObject({ state: 'connected', mode: 'embedded' });
  expect((await understudy.snapshot()).node?.licenses.length).toBeGreaterThan(0);
});

test('a damaged ledger is said, and can be put aside', async ({ launch }) => {
  const first = await launch({ args: ['--hidden'] });
  await first.serving();
  await first.quit();
  const ledger = join(first.dataDirectory, 'ledger.db');
  await writeFile(ledger, 'this is no ledger '.repeat(1_000));

  const second = await launch({ dataDirectory: first.dataDirectory, args: ['--hidden'] });
  await second.app.evaluate(({ dialog }) => {
    dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false });
  });
  await expect.poll(() => second.tray.labels()).toContain('What can be done …');
  expect(await readFile(ledger, 'utf8')).toContain('this is no ledger');
  await second.tray.choose('What can be done');
  await second.serving();
  const snapshot = await second.admin('snapshot', {});
  expect(snapshot.licenses).toEqual([]);
  await expect.poll(() => second.tray.labels()).not.toContain('What can be done …');
});

test('it attaches to a node that runs already, and leaves it running', async ({ launch }) => {
  const first = await launch({ args: ['--hidden'] });
  await first.serving();
  await first.quit();
  const serve = await startServe(first.dataDirectory);
  const shell = await launch({ dataDirectory: first.dataDirectory });
  await expect
    .poll(async () => (await shell.snapshot()).connection)
    .toMatchObject({ state: 'connected', mode: 'attached' });
  await expect
    .poll(() => shell.tray.labels())
    .toContain('Quit Understudy (licences are still served)');
  await shell.quit();
  expect(serve.exitCode).toBeNull();

  const other = await launch({ dataDirectory: first.dataDirectory });
  await expect.poll(async () => (await other.snapshot()).connection.state).toBe('connected');
  serve.kill('SIGTERM');
  await expect
    .poll(async () => (await other.snapshot()).connection)
    .toMatchObject({
      state: 'away',
      mode: 'attached',
      message: expect.stringContaining('has stopped'),
    });
  await expect.poll(async () => (await other.tray.labels()).at(-1)).toBe('Quit Understudy');
  const window = await other.window();
  await window.getByRole('button', { name: 'Start it in this program' }).click();
  await other.serving();
  await expect
    .poll(async () => (await other.snapshot()).connection)
    .toMatchObject({ state: 'connected', mode: 'embedded' });
});

test('an admin who stops the server on the command line ends the program', async ({ launch }) => {
  const understudy = await launch({ args: ['--hidden'] });
  await understudy.serving();
  const shell = understudy.app.process();
  const ended = new Promise((resolve) => shell.once('exit', resolve));
  const { pid } = await understudy.admin('stop', {});
  expect(await ended).toBe(0);
  // The shell is told of the end of the node when its channel closes, which is a moment before its process
  // has gone.
  await expect.poll(() => isRunning(pid)).toBe(false);
  expect(await readDesktopLog(understudy)).toContain('Understudy ends.');
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the page gets a new process when its own ends', async ({ launch }) => {
  const understudy = await launch();
  const window = await understudy.window();
  const pageProcess = () =>
    understudy.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      return contents?.isCrashed() === false ? contents.getOSProcessId() : 0;
    });
  const former = await pageProcess();
  const crashed = window.waitForEvent('crash');
  process.kill(former, 'SIGKILL');
  await crashed;
  await expect.poll(() => readDesktopLog(understudy)).toContain('The page of the window ended');
  await expect.poll(async () => [0, former].includes(await pageProcess())).toBe(false);
  await understudy.serving();
});

test('an export is written whole, and a large file is not read', async ({ launch }) => {
  const understudy = await launch();
  await understudy.serving();
  await understudy.admin('demo.install', { consent: true });
  await understudy.checkout('editor', '=1+1');
  const path = join(understudy.dataDirectory, 'leases.csv');
  const large = join(understudy.dataDirectory, 'large.json');
  await writeFile(large, Buffer.alloc(4 * 1024 * 1024 + 1, 0x20));
  await understudy.app.evaluate(
    ({ dialog }, [csv, chosen]) => {
      dialog.showSaveDialog = (() =>
        Promise.resolve({ canceled: false, filePath: csv })) as typeof dialog.showSaveDialog;
      dialog.showOpenDialog = (() =>
        Promise.resolve({ canceled: false, filePaths: [chosen] })) as typeof dialog.showOpenDialog;
    },
    [path, large],
  );
  expect(await request(understudy, 'export.csv', { what: 'leases' })).toEqual({
    ok: true,
    value: { path, rows: 1 },
  });
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\r\n');
  expect(lines[0]).toContain('id,license,product,feature');
  expect(lines[1]).toContain("ada,ws-1,,'=1+1");
  expect(await request(understudy, 'dialog.openFile', { purpose: 'license' })).toMatchObject({
    ok: false,
    code: 'FILE_TOO_LARGE',
  });
});
