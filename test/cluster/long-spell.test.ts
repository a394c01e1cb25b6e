import { expect, it } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { holdSessions, sessionsAt, startBusyServer, takeSeat } from './sessions.ts';

const seats = { ttlSeconds: 3_600, redundancy: 'backup' } as const;

/** Each is a checkout and a return: together more than any log of writes ever held. */
const sessionCount = 1_100;

it('a backup that served alone for long keeps what it did, and what the main server did before', async () => {
  const [main, backup] = [await startBusyServer('Main'), await startBusyServer('Backup')];
  const vendor = await makeVendor();
  await main.install(vendor, { ...seats, units: 10 });
  await makeBackup({ main, backup, settings: { ...quickSettings, coldStartWaitMs: 1_000 } });
  const before = await holdSessions(main, 30);
  await waitFor('the backup has all of it', () => isInSync(main));

  await backup.kill();
  const client = new ClientConnection(main.port);
  const held = await takeSeat(client, 'held');
  client.close();
  await main.kill();
  await backup.start();
  await waitFor('the backup serves alone', () => serves(backup, main));
  await backup.install(vendor, { ...seats, units: 12, serial: 2 });
  const alone = await holdSessions(backup, sessionCount);
  await main.start();
  await waitFor('Main serves', () => serves(main, main));
  await waitFor('both are in sync', () => isInSync(main));

  const sessions = [...before, ...alone].sort();
  for (const server of [main, backup]) {
    const { licenses } = await server.call('snapshot', {});
    expect(licenses).toMatchObject([{ serial: 2, units: 12, inUse: 1 }]);
    expect((await server.leases('cad')).map(({ id }) => id)).toEqual([held]);
    // The history of a spell comes after its rows.
    await waitFor(`${server.name} has all usage`, async () => {
      return (await sessionsAt(server)).length >= sessions.length;
    });
    expect(await sessionsAt(server)).toEqual(sessions);
    const { summaries } = await server.call('usage.report', {});
    expect(summaries.map((summary) => summary.sessions)).toEqual([sessions.length + 1]);
    expect(await server.timeline('overdraftBegan')).toEqual([]);
  }
}, 120_000);
