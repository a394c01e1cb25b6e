import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyDirectory, putBack } from '../support/copied-directory.ts';
import { flipBitOfFile } from '../support/flip-bit.ts';
import { ClientConnection } from '../support/json-request.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { waitFor } from '../support/wait-for.ts';
import { startServer } from './started-server.ts';

/** What may become of a server of which a bit of a file has flipped while it was stopped. */
type Outcome =
  /** It starts and has everything, since the file is made anew or says nothing that counts. */
  | 'starts'
  /** By where the bit is, or it says which file is damaged and does not start. */
  | 'either';

/** Every file of a data directory, and how many bits flip; one that is not here makes the test fail. */
const files: Record<string, [outcome: Outcome, flips: number]> = {
  'ledger.db': ['either', 4],
  'ledger.db-wal': ['either', 3],
  'ledger.db-shm': ['starts', 1],
  'backups.json': ['either', 1],
  'boots.json': ['starts', 1],
  'server.json': ['either', 1],
  'paired-servers.json': ['either', 1],
  'server-key.pem': ['either', 1],
  'server-cert.pem': ['starts', 1],
  'high-water-mark': ['starts', 1],
  'node.lock': ['starts', 1],
  'server.lock': ['starts', 1],
  'logs/server.log': ['starts', 1],
};

async function holds(server: LicenseServer): Promise<unknown> {
  const { licenses } = await server.call('snapshot', {});
  const leases = (await server.leases('cad')).map(({ id, units, holder }) => ({
    id,
    units,
    holder,
  }));
  const installed = licenses.map(({ id, units, serial, inUse }) => ({ id, units, serial, inUse }));
  return { leases: leases.sort((a, b) => a.id.localeCompare(b.id)), installed };
}

/** Null: it runs. Otherwise what it said. */
async function tryToStart(server: LicenseServer): Promise<string | null> {
  const before = server.stderr.length;
  try {
    await server.start();
    return null;
  } catch {
    return server.stderr.slice(before);
  }
}

function filesOf(dataDirectory: string): string[] {
  const all = readdirSync(dataDirectory, { recursive: true }).map(String);
  return all.filter((name) => statSync(join(dataDirectory, name)).isFile());
}

describe('a bit that has flipped in a file of a stopped server', () => {
  it('is made good or refused by name, and never believed, whatever file it is in', async () => {
    const [main, backup] = [await startServer('Main'), await startServer('Backup')];
    await main.install(await makeVendor(), { units: 5, ttlSeconds: 3_600, redundancy: 'backup' });
    await makeBackup({ main, backup, settings: quickSettings });
    // From here on the journal of the database has only what comes now.
    await main.stop();
    await main.start();
    await waitFor('Main serves', () => serves(main, main));
    await main.call('relationship.set', { settings: { reclaim: 'manual' } });
    const client = new ClientConnection(main.port);
    for (const instance of ['i-1', 'i-2', 'i-3']) {
      expect((await client.checkout(instance)).status).toBe(201);
    }
    client.close();
    await waitFor('the backup has all of it', () => isInSync(main));
    const expected = await holds(main);
    // Like a crash, so that the journal of the database is there too.
    await main.kill();
    await waitFor('the backup serves', () => serves(backup, main));
    const sound = copyDirectory(main.dataDirectory);
    expect(filesOf(sound).filter((name) => !(name in files))).toEqual([]);

    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = new SeededRandom(seed);
    for (const name of filesOf(sound)) {
      const [outcome, flips] = files[name] ?? ['either', 0];
      for (let flip = 0; flip < flips; flip++) {
        putBack(main.dataDirectory, sound);
        const file = join(main.dataDirectory, name);
        const bits = statSync(file).size * 8;
        if (bits === 0) break;
        const bit = random.between(0, bits - 1);
        const what = `${name}, bit ${bit} of ${bits}, seed ${seed}`;
        flipBitOfFile(file, bit);
        const said = await tryToStart(main);
        if (outcome === 'starts') expect(said, what).toBeNull();
        if (said === null) {
          await waitFor(`both are in sync after ${what}`, () => isInSync(backup));
          expect(await holds(main), what).toEqual(expected);
        } else expect(said, what).toContain(name.replace(/-(wal|shm)$/, ''));
        expect(await holds(backup), what).toEqual(expected);
        await main.kill();
      }
    }
    // Nothing of what was refused was altered.
    putBack(main.dataDirectory, sound);
    await main.start();
    await waitFor('both are in sync', () => isInSync(backup));
    expect(await holds(main)).toEqual(expected);
  }, 300_000);
});
