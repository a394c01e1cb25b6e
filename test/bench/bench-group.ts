import { join } from 'node:path';
import type { RelationshipPlan } from '../../src-shared/contract/relationship-plan.ts';
import type { LicenseGrant } from '../../src-shared/model/license.ts';
import { licenseUnitsMax } from '../../src-shared/model/license.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, makeRelationship } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { benchFeature, withDataDirectory } from './bench-server.ts';

/** How the servers of a benchmark protect each other. */
export const shapes = {
  pair: { size: 2, redundancy: 'backup', majorityRule: false },
  'pair with a witness': { size: 2, redundancy: 'backup', majorityRule: false },
  triad: { size: 3, redundancy: 'triad', majorityRule: false },
  'pool of 5': { size: 5, redundancy: 'pool', majorityRule: true },
  'pool of 5, no majority needed': { size: 5, redundancy: 'pool', majorityRule: false },
} as const satisfies Record<
  string,
  { size: number } & Pick<LicenseGrant, 'redundancy' | 'majorityRule'>
>;

export type Shape = keyof typeof shapes;

/** Built servers that protect each other. */
export interface BenchGroup {
  /** All that keep the licence, in preference order. */
  members: LicenseServer[];
  primary: LicenseServer;
  /** The next in preference. */
  second: LicenseServer;
}

/** Servers that are in sync, for the time of `use`; who is preferred serves again by order alone. */
export function withGroup<T>(shape: Shape, use: (group: BenchGroup) => Promise<T>): Promise<T> {
  return withDataDirectory(async (directory) => {
    const { size, redundancy, majorityRule } = shapes[shape];
    const make = (name: string) =>
      new LicenseServer({ name, dataDirectory: join(directory, name), built: true });
    const members = Array.from({ length: size }, (_, i) => make(`server-${i + 1}`));
    const witness = shape === 'pair with a witness' ? make('witness') : undefined;
    const servers = [...members, ...(witness ? [witness] : [])];
    const [primary, second] = members;
    if (!primary || !second) throw new Error('a group has two servers');
    const group = { members, primary, second };
    try {
      await Promise.all(servers.map((server) => server.start()));
      for (const server of members) {
        await server.call('settings.set', { requestsPerSecondMax: 1_000_000 });
      }
      const install = async () =>
        primary.install(await makeVendor('Benchmark'), {
          ...{ id: 'bench', feature: benchFeature, units: licenseUnitsMax },
          ...{ redundancy, majorityRule, ttlSeconds: 86_400 },
        });
      // What needs a majority is in the ledger that the pool brings with it.
      if (redundancy !== 'pool') await install();
      await relate(group, redundancy, witness);
      if (redundancy === 'pool') await install();
      await everyoneIsInSync(primary);
      return await use(group);
    } finally {
      await Promise.all(servers.map(stop));
    }
  });
}

async function relate(
  { members, primary, second }: BenchGroup,
  kind: RelationshipPlan['kind'],
  witness: LicenseServer | undefined,
): Promise<void> {
  const settings = { reclaim: 'manual' } as const;
  const ids = members.map(({ id }) => id);
  const [, , third = ''] = ids;
  switch (kind) {
    case 'backup':
      return makeBackup({
        ...{ main: primary, backup: second, settings },
        ...(witness && { witness }),
      });
    case 'triad':
      return makeRelationship(
        members,
        { kind, primary: primary.id, secondary: second.id, tertiary: third },
        settings,
      );
    case 'pool':
      return makeRelationship(members, { kind, name: 'bench', servers: ids }, settings);
  }
}

/** Resolves when every member could serve without losing anything, as this one sees it. */
export async function everyoneIsInSync(server: LicenseServer): Promise<void> {
  await waitFor('everybody is in sync', () => isInSync(server));
}

/** The primary serves again, by order of the one that serves, and everything is on all. */
export async function failBack({ primary, second }: BenchGroup): Promise<void> {
  await everyoneIsInSync(second);
  await second.call('failback', {});
  await everyoneIsInSync(primary);
}

async function stop(server: LicenseServer): Promise<void> {
  const status = await server.stop();
  if (status !== 0) throw new Error(`${server.name} ended with ${status}: ${server.stderr}`);
}
