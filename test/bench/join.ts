import { join as joinPath } from 'node:path';
import { waitFor } from '../support/wait-for.ts';
import { withDataDirectory } from './bench-server.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { fullLedger, leaseCount, makeFullLedger, waitUntilInSync } from './full-ledger.ts';
import { pairWatched, WatchedServer } from './watched-server.ts';

const leasesText = `${leaseCount} leases`;

export const join: Benchmark = {
  name: 'join',
  title: 'Longest stall of two servers while one with many leases gets a backup, and after that',
  run: () => measureJoin(),
};

async function* measureJoin(): AsyncGenerator<Figure> {
  for (const policy of ['available', 'strict'] as const) {
    yield* await withDataDirectory(async (directory) => {
      const path = (name: string) => joinPath(directory, name);
      const majorityRule = policy === 'strict';
      await makeFullLedger(path('Main'), { redundancy: 'backup', majorityRule });
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
  await pairWatched(main, backup);
  if (witness) await Promise.all([pairWatched(main, witness), pairWatched(backup, witness)]);
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

async function isServing(server: WatchedServer): Promise<boolean> {
  return (await fullLedger(server))?.active === server.id;
}
