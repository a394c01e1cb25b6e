import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

type Given = Partial<ConstructorParameters<typeof LicenseServer>[0]>;

function makeServer(name: string, more: Given = {}): LicenseServer {
  const dataDirectory = more.dataDirectory ?? makeTemporaryDirectory();
  const server = new LicenseServer({ name, ...more, dataDirectory });
  onTestFinished(() => server.kill());
  return server;
}

async function holds(server: LicenseServer): Promise<unknown> {
  const { licenses } = await server.call('snapshot', {});
  const leases = (await server.leases('cad')).map(({ id, units }) => ({ id, units }));
  return { leases, units: licenses.map(({ units, inUse }) => ({ units, inUse })) };
}

/** Somebody who wants a seat that is out to count for less. */
function editLease(dataDirectory: string): void {
  const database = new DatabaseSync(join(dataDirectory, 'ledger.db'));
  const edit = `UPDATE rows SET doc = replace(doc, '"units":2', '"units":1') WHERE kind = 'lease'`;
  expect(database.prepare(edit).run().changes).toBe(1);
  database.close();
}

describe('a seat that was changed in the database of a stopped server', () => {
  it.each(['Main', 'Backup'])(
    'is not believed at %s, which gets all of it from the other one when it begins anew',
    async (where) => {
      const [main, backup] = [makeServer('Main'), makeServer('Backup')];
      await Promise.all([main.start(), backup.start()]);
      await main.install(await makeVendor(), { units: 3, ttlSeconds: 600, redundancy: 'backup' });
      await makeBackup({ main, backup, settings: quickSettings });
      const client = new ClientConnection(main.port);
      expect((await client.checkout('i-1', 'cad', { units: 2 })).status).toBe(201);
      client.close();
      await waitFor('the backup has all of it', () => isInSync(main));
      const expected = await holds(main);
      const changed = where === 'Main' ? main : backup;
      const other = where === 'Main' ? backup : main;
      await changed.stop();
      editLease(changed.dataDirectory);
      await expect(changed.start()).rejects.toThrow(/the row lease .* in it is unreadable/);

      const { dataDirectory, port } = changed;
      const listen = { host: '127.0.0.1', port };
      const again = makeServer(where, { dataDirectory, listen, moreArgs: ['--start-anew'] });
      await again.start();
      await waitFor('both are in sync', () => isInSync(other));
      await waitFor('Main serves', async () => {
        return (await other.ledgerOf(main))?.active === main.id;
      });
      expect(await holds(again)).toEqual(expected);
      expect(await holds(other)).toEqual(expected);
      await other.kill();
      await waitFor('it serves alone', () => serves(again, main));
      expect(await holds(again)).toEqual(expected);
    },
  );
});
