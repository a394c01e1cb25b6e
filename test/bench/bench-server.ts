import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { licenseUnitsMax } from '../../src-shared/model/license.ts';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { AdminClient } from '../../src-main/admin/admin-client.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { ServeProcess } from '../support/serve-process.ts';

export const benchFeature = 'bench';

/** A built `serve` process that clients can reach. */
export interface BenchServer {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

/** Resolves when clients can connect. */
export async function startServer(dataDirectory: string): Promise<BenchServer> {
  const server = new ServeProcess(dataDirectory, { built: true });
  const { port } = await server.ready();
  const { pid } = server.child;
  if (pid === undefined) throw new Error('The server has no process');
  return {
    pid,
    port,
    stop: async () => {
      const status = await server.stop();
      if (status !== 0) throw new Error(`The server ended with ${status}: ${server.stderr}`);
    },
  };
}

/** Gives `use` a new data directory and removes it afterwards. */
export async function withDataDirectory<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'us-bench-'));
  try {
    return await use(path);
  } finally {
    // What was told to end may write its last while this goes on.
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/**
 * A server that has a licence for `benchFeature` and limits no client, for the time of `use`, which
 * may stop it earlier.
 */
export function withServer<T>(
  use: (server: BenchServer, dataDirectory: string) => Promise<T>,
): Promise<T> {
  return withDataDirectory(async (dataDirectory) => {
    const server = await startServer(dataDirectory);
    try {
      await prepare(dataDirectory);
      return await use(server, dataDirectory);
    } finally {
      await server.stop();
    }
  });
}

async function prepare(dataDirectory: string): Promise<void> {
  const admin = new AdminClient({ address: adminAddress(dataDirectory) });
  const vendor = await makeVendor('Benchmark');
  const content = await makeLicenseFile(vendor, {
    id: 'bench',
    feature: benchFeature,
    units: licenseUnitsMax,
    ttlSeconds: 86_400,
  });
  for (const answer of [
    await admin.call('vendor.trust', { content: vendor.publicFile }),
    await admin.call('license.import', { content, fileName: 'bench.json' }),
    await admin.call('settings.set', { requestsPerSecondMax: 1_000_000 }),
  ]) {
    if (!answer.ok) throw new Error(answer.message);
  }
}
