import { AdminClient } from '../../src-main/admin/admin-client.ts';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import type { AdminAnswer, AdminParams } from '../../src-shared/contract/admin.ts';
import { licenseUnitsMax } from '../../src-shared/model/license.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { benchFeature, type BenchServer, startServer, withDataDirectory } from './bench-server.ts';

/** Two built servers, of which the backup protects the main. */
export interface BenchPair {
  main: PairedServer;
  backup: PairedServer;
}

/** One of them; it is started again at the same port. */
export class PairedServer {
  readonly name: string;
  readonly admin: AdminClient;
  readonly #dataDirectory: string;
  #running: BenchServer | undefined;
  #port = 0;
  #id = '';

  constructor(name: string, dataDirectory: string) {
    this.name = name;
    this.#dataDirectory = dataDirectory;
    this.admin = new AdminClient({ address: adminAddress(dataDirectory), timeoutMs: 30_000 });
  }

  get pid(): number {
    if (!this.#running) throw new Error(`${this.name} does not run`);
    return this.#running.pid;
  }

  get port(): number {
    return this.#port;
  }

  /** Known from the first start on. */
  get id(): string {
    return this.#id;
  }

  async start(): Promise<void> {
    const args = ['--name', this.name, '--listen', `127.0.0.1:${this.#port}`];
    this.#running = await startServer(this.#dataDirectory, args);
    this.#port = this.#running.port;
    this.#id = this.#running.id;
  }

  /** Ends it as a power cut would. */
  kill(): void {
    process.kill(this.pid, 'SIGKILL');
    this.#running = undefined;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }
}

/** Longest wait for something that takes milliseconds on an idle machine. */
const patienceMs = 60_000;

export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`It did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function valueOf<T>(answer: AdminAnswer<T>): T {
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`);
  return answer.value;
}

interface PairOptions {
  ttlSeconds?: number;
  /** With a witness, as `strict` asks for. */
  strict?: boolean;
}

/** A pair that is in sync, for the time of `use`; the reclaim is by hand. */
export function withPair<T>(
  use: (pair: BenchPair) => Promise<T>,
  { ttlSeconds = 86_400, strict = false }: PairOptions = {},
): Promise<T> {
  return withServer('main', (main) =>
    withServer('backup', async (backup) => {
      if (!strict) {
        await protect(main, backup, null, ttlSeconds);
        return use({ main, backup });
      }
      return withServer('witness', async (witness) => {
        await protect(main, backup, witness, ttlSeconds);
        return use({ main, backup });
      });
    }),
  );
}

function withServer<T>(name: string, use: (server: PairedServer) => Promise<T>): Promise<T> {
  return withDataDirectory(async (directory) => {
    const server = new PairedServer(name, directory);
    try {
      await server.start();
      return await use(server);
    } finally {
      await server.stop();
    }
  });
}

/** Both servers have everything, as the main sees it. */
export async function inSync({ admin }: PairedServer): Promise<boolean> {
  const answer = await admin.call('status', {});
  if (!answer.ok) return false;
  return answer.value.relationship?.members.every(({ synchronised }) => synchronised) ?? false;
}

async function pair(inviter: PairedServer, joiner: PairedServer): Promise<void> {
  const { code, addresses } = valueOf(await inviter.admin.call('servers.invite', {}));
  const [address = ''] = addresses;
  valueOf(await joiner.admin.call('servers.pair', { address, code }));
}

async function protect(
  main: PairedServer,
  backup: PairedServer,
  witness: PairedServer | null,
  ttlSeconds: number,
): Promise<void> {
  await pair(main, backup);
  if (witness !== null) {
    await pair(main, witness);
    await pair(backup, witness);
  }
  const vendor = await makeVendor('Benchmark');
  const content = await makeLicenseFile(vendor, {
    id: 'bench',
    feature: benchFeature,
    units: licenseUnitsMax,
    redundancy: 'backup',
    ttlSeconds,
  });
  valueOf(await main.admin.call('vendor.trust', { content: vendor.publicFile }));
  valueOf(await main.admin.call('license.import', { content, fileName: 'bench.json' }));
  for (const { admin } of [main, backup]) {
    valueOf(await admin.call('settings.set', { requestsPerSecondMax: 1_000_000 }));
  }
  const plan: AdminParams<'relationship.create'> = {
    kind: 'backup',
    main: 'main',
    backup: 'backup',
    ...(witness !== null && { policy: 'strict', witness: witness.name }),
  };
  await until('connected', async () => (await main.admin.call('relationship.check', plan)).ok);
  valueOf(await main.admin.call('relationship.create', plan));
  valueOf(await main.admin.call('relationship.set', { settings: { reclaim: 'manual' } }));
  await until('in sync', () => inSync(main));
}
