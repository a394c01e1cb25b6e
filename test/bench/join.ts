import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { join as joinPath } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { sumOfRow } from '../../src-main/node/store/row-sum.ts';
import type { LeaseRow } from '../../src-main/node/core/rows/row.ts';
import type { AdminMethod, AdminParams, AdminResult } from '../../src-shared/contract/admin.ts';
import { licenseUnitsMax } from '../../src-shared/model/license.ts';
import { ClientConnection } from '../support/json-request.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { waitFor } from '../support/wait-for.ts';
import type { WatchedOrder } from './watched-node.ts';
import { benchFeature, withDataDirectory } from './bench-server.ts';
import type { Benchmark, Figure } from './benchmark.ts';

const leaseCount = 100_000;
const leasesText = `${leaseCount} leases`;

/** Longest time until the backup has them, on a machine that has much else to do. */
const joinMsMax = 300_000;

/** A server in another process, and the longest stall of its event loop. */
class WatchedServer {
  readonly directory: string;
  readonly #process: ChildProcess;
  id = '';

  constructor(directory: string, name: string) {
    this.directory = directory;
    const file = fileURLToPath(new URL('watched-node.ts', import.meta.url));
    this.#process = fork(file, [directory, name]);
  }

  async ready(): Promise<void> {
    this.id = (await this.#answer()) as string;
  }

  async call<M extends AdminMethod>(method: M, params: AdminParams<M>): Promise<AdminResult<M>> {
    return (await this.#order({ type: 'call', method, params })) as AdminResult<M>;
  }

  /** Since the start, or since it was asked last, in ms. */
  async stallMs(): Promise<number> {
    return (await this.#order({ type: 'stall' })) as number;
  }

  async stop(): Promise<void> {
    if (this.#process.signalCode !== null) return;
    await this.#order({ type: 'stop' });
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  async #order(order: WatchedOrder): Promise<unknown> {
    this.#process.send(order);
    return this.#answer();
  }

  async #answer(): Promise<unknown> {
    const [answer] = (await once(this.#process, 'message')) as [
      { value?: unknown; error?: string },
    ];
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }
}

export const join: Benchmark = {
  name: 'join',
  title: 'Longest stall of two servers while one with many leases gets a backup, and after that',
  run: () => measureJoin(),
};

async function* measureJoin(): AsyncGenerator<Figure> {
  for (const policy of ['available', 'strict'] as const) {
    yield* await withDataDirectory(async (directory) => {
      const path = (name: string) => joinPath(directory, name);
      await makeFullLedger(path('Main'), policy === 'strict');
      const names = policy === 'strict' ? ['Main', 'Backup', 'Witness'] : ['Main', 'Backup'];
      const servers = names.map((name) => new WatchedServer(path(name), name));
      await Promise.all(servers.map((server) => server.ready()));
      try {
        return await protect(servers, policy);
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    });
  }
}

async function protect(servers: WatchedServer[], policy: 'available' | 'strict') {
  const [main, backup, witness] = servers;
  if (!main || !backup) throw new Error('a pair has two servers');
  await pair(main, backup);
  if (witness) await Promise.all([pair(main, witness), pair(backup, witness)]);
  const third = witness ? { witness: witness.id } : {};
  const plan = { kind: 'backup', main: main.id, backup: backup.id, policy, ...third } as const;
  await waitFor('nothing stands in the way of the backup', async () => {
    return (await main.call('relationship.check', plan)).missing.length === 0;
  });
  await Promise.all([main.stallMs(), backup.stallMs()]);
  const begunMs = performance.now();
  await main.call('relationship.create', plan);
  await waitUntilInSync(main, backup);
  const value = performance.now() - begunMs;
  const figures: Figure[] = [
    { name: `time until the backup is in sync, ${policy}`, value, unit: 'ms', note: leasesText },
  ];
  const note = async (what: string, server: WatchedServer, who: string) => {
    const name = `longest stall of the ${who}, ${policy}, ${what}`;
    figures.push({ name, value: await server.stallMs(), unit: 'ms' });
  };
  await note('joined', main, 'main server');
  await note('joined', backup, 'backup');
  await main.call('switchover', {});
  await waitUntilInSync(backup, main);
  await note('gives over', main, 'main server');
  await note('takes over', backup, 'backup');
  await backup.call('failback', {});
  await waitUntilInSync(main, backup);
  await note('serves again', main, 'main server');
  if (policy === 'strict') {
    await main.call('relationship.dissolve', {});
    await note('alone again', main, 'main server');
    return figures;
  }
  await backup.stallMs();
  await main.kill();
  await waitFor('the backup serves', () => isServing(backup));
  await note('takes over from one that died', backup, 'backup');
  return figures;
}

async function waitUntilInSync(active: WatchedServer, other: WatchedServer): Promise<void> {
  const isInSync = async () => {
    const shared = await fullLedger(active);
    return shared?.active === active.id && shared.synchronised.includes(other.id);
  };
  await waitFor('the other server has every lease', isInSync, joinMsMax);
}

async function isServing(server: WatchedServer): Promise<boolean> {
  return (await fullLedger(server))?.active === server.id;
}

async function fullLedger(server: WatchedServer) {
  const { ledgers } = await server.call('status', {});
  return ledgers.find(({ leases }) => leases === leaseCount);
}

async function pair(inviter: WatchedServer, joiner: WatchedServer): Promise<void> {
  const allow = 'relationship';
  const { code, addresses } = await inviter.call('servers.invite', { allow });
  await joiner.call('servers.pair', { address: addresses[0] ?? '', code, allow });
}

/** A stopped server with as many leases as there are to be, each of an instance of its own. */
async function makeFullLedger(directory: string, majorityRule: boolean): Promise<void> {
  const server = new WatchedServer(directory, 'Main');
  await server.ready();
  const vendor = await makeVendor('Benchmark');
  const content = await makeLicenseFile(vendor, {
    ...{ id: 'bench', feature: benchFeature, units: licenseUnitsMax },
    ...{ ttlSeconds: 86_400, redundancy: 'backup', majorityRule },
  });
  await server.call('vendor.trust', { content: vendor.publicFile });
  await server.call('license.import', { content, fileName: 'bench.lic' });
  const { address } = (await server.call('status', {})).server;
  const client = new ClientConnection(Number(address.slice(address.lastIndexOf(':') + 1)));
  await client.checkout('bench-0', benchFeature);
  client.close();
  await server.stop();
  multiplyLease(joinPath(directory, 'ledger.db'));
}

function multiplyLease(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const found = database.prepare("SELECT ledger, doc FROM rows WHERE kind = 'lease'").get();
    const row = JSON.parse(String(found?.['doc'])) as LeaseRow;
    const put = database.prepare("INSERT INTO rows VALUES (?, 'lease', ?, ?, ?)");
    database.exec('BEGIN');
    for (let n = 1; n < leaseCount; n++) {
      const id = randomUUID();
      const instance = `bench-${n}`;
      const holder = { instance, user: `user-${n % 1_000}`, host: `host-${n % 1_000}` };
      const lease = row.lease && { ...row.lease, id, holder };
      const doc = JSON.stringify({ ...row, id, instance, lease });
      put.run(Number(found?.['ledger']), id, doc, sumOfRow('lease', id, doc));
    }
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}
