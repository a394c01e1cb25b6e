import { createServer, type AddressInfo } from 'node:net';
import { expect } from '@playwright/test';
import type { LicenseOverride } from '../../support/licenses.ts';
import { makeLicenseFile, makeVendor } from '../../support/licenses.ts';
import type { AppWindow } from '../pages/app-window.ts';
import { nodePid, type Understudy } from './understudy.ts';

/** A port that was free a moment ago: a server that returns must be where it was. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function findPids({ app }: Understudy): Promise<number[]> {
  return app.evaluate(({ app: electronApp }) => electronApp.getAppMetrics().map(({ pid }) => pid));
}

/** Ends shell and node at once, as a power cut would. */
export async function kill(understudy: Understudy): Promise<void> {
  const pids = await findPids(understudy);
  const child = understudy.app.process();
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await exited;
}

/** Stops shell and node where they are, as a host that hangs would; returns what lets them go on. */
export async function freeze(understudy: Understudy): Promise<() => void> {
  const pids = await findPids(understudy);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}

/** Stops the process of the embedded node, not its shell, where it is; returns what lets it go on. */
export async function stall(understudy: Understudy): Promise<() => void> {
  const pid = await nodePid(understudy);
  if (pid === undefined) throw new Error('no embedded node');
  process.kill(pid, 'SIGSTOP');
  return () => process.kill(pid, 'SIGCONT');
}

/**
 * Life of a lease. Nobody renews the seats that these tests take, and on a busy machine the tests go on
 * for longer than a lease of a minute.
 */
const ttlSeconds = 3600;

/**
 * From here on no server takes over from one that is silent: on a busy machine each can be, for longer than
 * the three seconds that hold unless told, and the test would meet a failover that it did not make.
 */
export async function forbidFailover({ admin }: Pick<Understudy, 'admin'>): Promise<void> {
  await admin('relationship.set', { settings: { takeoverAfterMs: 60_000 } });
}

/**
 * From here on a server that is silent fails over, and serves its licences again a second after it is back,
 * however often it failed. The ten seconds in sync, longer after each failure, that hold unless told begin
 * anew whenever a busy machine makes a server late with a confirmation.
 */
export async function allowFailover({ admin }: Pick<Understudy, 'admin'>): Promise<void> {
  const settings = { takeoverAfterMs: 3_000, reclaimAfterMs: 1_000, reclaimHoldDownMaxMs: 0 };
  await admin('relationship.set', { settings });
}

/** Waits until each of them says that its primary serves every ledger, and that a failover would work. */
export async function expectReady(...all: Understudy[]): Promise<void> {
  for (const one of all) {
    const readiness = async () => (await one.snapshot()).node?.readiness;
    await expect.poll(readiness).toMatchObject({ ready: true, reasons: [] });
  }
}

/** Pairs two servers and lets the second protect the first, by their admin interfaces. */
export async function relate(main: Understudy, backup: Understudy, port: number): Promise<void> {
  const { code } = await main.admin('servers.invite', { allow: 'relationship' });
  await backup.admin('servers.pair', { address: `127.0.0.1:${port}`, code, allow: 'relationship' });
  const names = await Promise.all(
    [main, backup].map(async ({ admin }) => (await admin('status', {})).server.name),
  );
  const [first = '', second = ''] = names;
  await main.admin('relationship.create', { kind: 'backup', main: first, backup: second });
}

/** Licences at one server, from a vendor of their own. */
export async function install(
  { admin }: Pick<Understudy, 'admin'>,
  ...licenses: LicenseOverride[]
): Promise<void> {
  const vendor = await makeVendor('Acme');
  await admin('vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(
    vendor,
    ...licenses.map((license) => ({ ttlSeconds, ...license })),
  );
  await admin('license.import', { content, fileName: 'acme.json' });
}

/** The code of a new invitation that allows a relationship, whose dialog stays open. */
export async function invite(window: AppWindow): Promise<string> {
  await window.goTo('Servers');
  await window.servers.invite.click();
  await window.servers.allow();
  return window.servers.dialog.locator('span', { hasText: /^\w{5}(-\w{5}){3}$/ }).innerText();
}

/** Pairs by address through the window; `name` is that of the other server. */
export async function pairByAddress(
  window: AppWindow,
  port: number,
  code: string,
  name: string,
): Promise<void> {
  const { dialog, pair } = window.servers;
  await window.goTo('Servers');
  await pair.click();
  await dialog.getByLabel('Address of the other server').fill(`127.0.0.1:${port}`);
  await dialog.getByLabel('Code').fill(code);
  await window.servers.allow();
  await dialog.getByRole('button', { name: 'Pair', exact: true }).click();
  await expect(dialog.getByRole('heading', { name: `Paired with ${name}` })).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
}
