import { join } from 'node:path';
import { licenseUnitsMax } from '../../src-shared/model/license.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { makeBackup } from '../support/pair.ts';
import { benchFeature, withDataDirectory } from './bench-server.ts';

/** Two built servers, of which the backup protects the main. */
export interface BenchPair {
  main: LicenseServer;
  backup: LicenseServer;
}

/**
 * A pair that is in sync, for the time of `use`; the reclaim is by hand. `strict`: with a witness.
 */
export function withPair<T>(
  use: (pair: BenchPair) => Promise<T>,
  { strict = false } = {},
): Promise<T> {
  return withDataDirectory(async (directory) => {
    const makeServer = (name: string) =>
      new LicenseServer({ name, dataDirectory: join(directory, name), built: true });
    const [main, backup] = [makeServer('main'), makeServer('backup')];
    const witness = strict ? makeServer('witness') : undefined;
    const servers = [main, backup, ...(witness ? [witness] : [])];
    try {
      await Promise.all(servers.map((server) => server.start()));
      await main.install(await makeVendor('Benchmark'), {
        id: 'bench',
        feature: benchFeature,
        units: licenseUnitsMax,
        redundancy: 'backup',
        ttlSeconds: 86_400,
      });
      for (const server of [main, backup]) {
        await server.call('settings.set', { requestsPerSecondMax: 1_000_000 });
      }
      const settings = { reclaim: 'manual' } as const;
      await makeBackup({ main, backup, ...(witness && { witness }), settings });
      return await use({ main, backup });
    } finally {
      await Promise.all(servers.map(stop));
    }
  });
}

async function stop(server: LicenseServer): Promise<void> {
  const status = await server.stop();
  if (status !== 0) throw new Error(`${server.name} ended with ${status}: ${server.stderr}`);
}
