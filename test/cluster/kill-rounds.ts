import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { LeaseAccount } from './lease-account.ts';
import { Load } from './load.ts';

export interface KillRoundsOptions {
  rounds: number;
  seed: number;
  connections?: number;
  say?: (line: string) => void;
}

export interface KillRoundsResult {
  requests: number;
  granted: number;
  returned: number;
  /** What was promised and not kept; empty when all is well. */
  violations: string[];
}

const unitsMax = 150;
const loadMsMin = 30;
const loadMsMax = 900;

/** One start in this many is killed before it is over. */
const killedStartOneIn = 4;

/**
 * A real server under a load of checkouts, renewals and returns, killed with SIGKILL at a moment
 * that the seed chooses and started again, over and over. After every start what the server has is
 * compared with what its clients were told.
 */
export async function runKillRounds(options: KillRoundsOptions): Promise<KillRoundsResult> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'us-kill-'));
  const random = new SeededRandom(options.seed);
  const account = new LeaseAccount(unitsMax);
  const load = new Load({ account, random, connections: options.connections ?? 8 });
  const server = new LicenseServer({ name: 'Kill', dataDirectory });
  try {
    await server.start();
    await server.install(await makeVendor(), { units: unitsMax, ttlSeconds: 86_400 });
    await server.call('settings.set', { requestsPerSecondMax: 1_000_000 });
    for (let round = 1; round <= options.rounds && account.violations.length === 0; round++) {
      const loadMs = random.between(loadMsMin, loadMsMax);
      const running = load.run(() => new ClientConnection(server.port));
      await delay(loadMs);
      await server.kill();
      await running;
      if (random.between(1, killedStartOneIn) === 1) {
        const unfinished = new ServeProcess(dataDirectory);
        await delay(random.between(50, 1_500));
        await unfinished.kill();
      }
      await server.start();
      const leases = await server.leases('cad');
      account.compare(leases, await server.usage());
      options.say?.(
        `round ${round}: killed after ${loadMs} ms, ${load.requests} requests so far, ` +
          `${leases.length} leases kept, ${account.returnedCount} returned`,
      );
    }
    await load.renewAll(new ClientConnection(server.port));
    const { requests, granted } = load;
    const { returnedCount: returned, violations } = account;
    return { requests, granted, returned, violations };
  } finally {
    await server.kill();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}
