import { join } from 'node:path';
import type { RelationshipPlan } from '../../src-shared/contract/relationship-plan.ts';
import { waitFor } from '../support/wait-for.ts';
import { withDataDirectory } from './bench-server.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { fullLedger, leaseCount, makeFullLedger, waitUntilInSync } from './full-ledger.ts';
import { pairWatched, WatchedServer } from './watched-server.ts';

/** Longest time for a replacement, on a machine that has much else to do. */
const replaceMsMax = 300_000;

/** Of a triad and a pool of five; one more stands by to take a place. */
const sizes = { triad: 3, pool: 5 } as const;

type Kind = keyof typeof sizes;

export const replace: Benchmark = {
  name: 'replace',
  title: `Time from the order to replace a member until the new one counts, ${leaseCount} leases`,
  async *run() {
    for (const kind of ['triad', 'pool'] as const) yield* await replaceIn(kind);
  },
};

function replaceIn(kind: Kind): Promise<Figure[]> {
  return withDataDirectory(async (directory) => {
    const names = Array.from({ length: sizes[kind] + 1 }, (_, i) => `Server-${i + 1}`);
    const [first = ''] = names;
    await makeFullLedger(join(directory, first), { redundancy: kind, majorityRule: false });
    const servers = names.map((name) => new WatchedServer(join(directory, name), name));
    await Promise.all(servers.map((server) => server.ready()));
    try {
      return await measure(kind, servers);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
}

async function measure(kind: Kind, servers: readonly WatchedServer[]): Promise<Figure[]> {
  for (const [index, joiner] of servers.entries()) {
    for (const inviter of servers.slice(0, index)) await pairWatched(inviter, joiner);
  }
  const members = servers.slice(0, -1);
  const [primary, newcomer, last] = [servers[0], servers.at(-1), members.at(-1)];
  if (!primary || !newcomer || !last) throw new Error('a relationship has members');
  await relate(kind, members);
  await primary.stallMs();
  const begunMs = performance.now();
  const change = { change: 'replace', server: last.id, by: newcomer.id } as const;
  await primary.call('relationship.members', change);
  await waitFor('the new member counts', () => counts(primary, newcomer), replaceMsMax);
  const value = performance.now() - begunMs;
  return [
    { name: `${kind} of ${members.length}: until the new member counts`, value, unit: 'ms' },
    {
      name: `${kind} of ${members.length}: longest stall of the primary meanwhile`,
      value: await primary.stallMs(),
      unit: 'ms',
    },
  ];
}

async function relate(kind: Kind, members: readonly WatchedServer[]): Promise<void> {
  const [primary, ...others] = members;
  if (!primary) throw new Error('a relationship has members');
  const servers = members.map(({ id }) => id);
  const [first = '', secondary = '', tertiary = ''] = servers;
  const plan: RelationshipPlan =
    kind === 'pool'
      ? { kind, name: 'bench', servers }
      : { kind, primary: first, secondary, tertiary };
  await waitFor('nothing stands in the way', async () => {
    return (await primary.call('relationship.check', plan)).missing.length === 0;
  });
  await primary.call('relationship.create', plan);
  await waitUntilInSync(primary, ...others);
  await established(primary);
}

/** A change of members is over, and nothing is under way. */
async function established(server: WatchedServer): Promise<void> {
  await waitFor('the relationship stands', () => isEstablished(server), replaceMsMax);
}

async function isEstablished(server: WatchedServer): Promise<boolean> {
  return (await server.call('status', {})).relationship?.state === 'established';
}

/** Nobody is a learner any longer, and the new one has every lease. */
async function counts(primary: WatchedServer, newcomer: WatchedServer): Promise<boolean> {
  const ledger = await fullLedger(primary);
  if (!ledger?.members.includes(newcomer.id)) return false;
  return ledger.synchronised.includes(newcomer.id) && (await isEstablished(primary));
}
