import { expect, it } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { holdSessions, sessionsAt, startBusyServer, takeSeat } from './sessions.ts';

const seats = { ttlSeconds: 3_600, redundancy: 'backup', majorityRule: true } as const;

/** The fewest that the settings allow, and some more. */
const mainMax = 1_000;
const backupMax = 1_100;

async function usageCount(server: LicenseServer): Promise<number> {
  return (await server.call('status', {})).history.usage.count;
}

async function boundUsage(server: LicenseServer, usageRecordsMax: number): Promise<void> {
  await server.call('settings.set', { usageRecordsMax });
}

it.each(['available', 'strict'] as const)(
  'members of a pair that is %s keep usage each within its own bound, and fetch nothing that another dropped',
  async (policy) => {
    const [main, backup] = [await startBusyServer('Main'), await startBusyServer('Backup')];
    const witness = policy === 'strict' ? await startBusyServer('Witness') : undefined;
    const vendor = await makeVendor();
    await main.install(vendor, { ...seats, units: 10 });
    await boundUsage(main, mainMax);
    await boundUsage(backup, backupMax);
    const settings = { ...quickSettings, takeoverAfterMs: 5_000 };
    await makeBackup({ main, backup, settings, ...(witness ? { witness } : {}) });

    await holdSessions(main, backupMax + 50);
    await waitFor('main has dropped what is too much', async () => {
      return (await usageCount(main)) === mainMax;
    });
    await waitFor('and so has the backup', async () => (await usageCount(backup)) === backupMax);

    await backup.kill();
    const missed = await holdSessions(main, 20);
    await backup.start();
    await waitFor('both are in sync', () => isInSync(main));
    await waitFor('the backup has what it missed', async () => {
      const there = new Set(await sessionsAt(backup));
      return missed.every((id) => there.has(id));
    });
    const atMain = await sessionsAt(main);
    const atBackup = await sessionsAt(backup);
    expect(atMain).toHaveLength(mainMax);
    expect(atBackup).toHaveLength(backupMax);
    expect(atMain.filter((id) => !atBackup.includes(id))).toEqual([]);

    await boundUsage(backup, 2_000);
    await backup.stop();
    await backup.start();
    await waitFor('both are in sync again', () => isInSync(main));
    await holdSessions(main, 30);
    await waitFor('the backup has room for those', async () => {
      return (await usageCount(backup)) === backupMax + 30;
    });
    expect(await usageCount(main)).toBe(mainMax);
  },
  240_000,
);

it('a flood of refusals under new names is counted in a few records, and pushes out no session', async () => {
  const server = await startBusyServer('Main');
  await server.install(await makeVendor(), { ...seats, redundancy: 'none', units: 1 });
  const client = new ClientConnection(server.port, { connectionsMax: 8 });
  await takeSeat(client, 'holder');
  const asked = 4_000;
  for (let from = 0; from < asked; from += 100) {
    const asks = Array.from({ length: 100 }, (_, index) => {
      const name = { instance: 'x', user: `user-${from + index}`, host: `host-${from + index}` };
      return client.checkout('x', 'cad', { client: name });
    });
    const statuses = (await Promise.all(asks)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([409]));
  }
  client.close();
  expect(await server.stop()).toBe(0);
  await server.start();
  const denials = (await server.usage()).filter((record) => record.kind === 'denial');
  expect(denials.reduce((sum, { count }) => sum + count, 0)).toBe(asked);
  expect(denials.length).toBeLessThan(100);
  const { history } = await server.call('status', {});
  expect(history.usage.bytes).toBeLessThan(100_000);
  const { summaries } = await server.call('usage.report', {});
  expect(summaries).toMatchObject([{ trueDenials: asked, falseDenials: 0 }]);
}, 120_000);
