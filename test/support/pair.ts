import type { AdminParams } from '../../src-shared/contract/admin.ts';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
import type { LicenseServer } from './license-server.ts';
import { waitFor } from './wait-for.ts';

/** Settings that make a test short, with room for two busy cores. */
export const quickSettings = {
  heartbeatMs: 100,
  takeoverAfterMs: 1_500,
  syncTimeoutMs: 1_000,
  reclaimAfterMs: 300,
  reclaimHoldDownMaxMs: 0,
  coldStartWaitMs: 5_000,
} satisfies Partial<RelationshipSettings>;

export interface BackupOptions {
  main: LicenseServer;
  backup: LicenseServer;
  witness?: LicenseServer;
  mutual?: boolean;
  settings?: Partial<RelationshipSettings>;
  /** Where the backup reaches the main server; as the main server says by default. */
  pairAt?: string;
}

/** Gives two servers access to each other. */
export async function pairServers(
  inviter: LicenseServer,
  joiner: LicenseServer,
  at?: string,
): Promise<void> {
  const allow = 'relationship';
  const { code, addresses } = await inviter.call('servers.invite', { allow });
  const address = at ?? addresses[0] ?? '';
  await joiner.call('servers.pair', { address, code, allow });
}

/** Pairs the servers and lets one protect the other; resolves when it does. */
export async function makeBackup(options: BackupOptions): Promise<void> {
  const { main, backup, witness, mutual = false, settings = {} } = options;
  await pairServers(main, backup, options.pairAt);
  if (witness) {
    await pairServers(main, witness);
    await pairServers(backup, witness);
  }
  const plan: AdminParams<'relationship.create'> = {
    kind: 'backup',
    main: main.id,
    backup: backup.id,
    mutual,
    ...(witness ? { witness: witness.id, policy: 'strict' } : {}),
  };
  await createAt(main, plan, settings);
}

/** Pairs each of the servers with each, and has the first one set the relationship up. */
export async function makeRelationship(
  servers: readonly LicenseServer[],
  plan: AdminParams<'relationship.create'>,
  settings: Partial<RelationshipSettings> = {},
): Promise<void> {
  for (const [index, joiner] of servers.entries()) {
    for (const inviter of servers.slice(0, index)) await pairServers(inviter, joiner);
  }
  const [first] = servers;
  if (first) await createAt(first, plan, settings);
}

/** Longest wait until eleven servers on a busy machine take part, in ms. */
const createdMsMax = 120_000;

async function createAt(
  server: LicenseServer,
  plan: AdminParams<'relationship.create'>,
  settings: Partial<RelationshipSettings>,
): Promise<void> {
  await waitFor('nothing stands in the way of the relationship', async () => {
    const { missing } = await server.call('relationship.check', plan);
    return missing.length === 0;
  });
  await server.call('relationship.create', plan);
  const stands = async () =>
    (await server.call('status', {})).relationship?.state === 'established';
  await waitFor('everybody takes part', stands, createdMsMax);
  await server.call('relationship.set', { settings });
  await waitFor('everybody is in sync', () => isInSync(server), createdMsMax);
}

/** Whether every member could serve without losing anything, as a member sees it. */
export async function isInSync(server: LicenseServer): Promise<boolean> {
  const ledgers = await server.sharedLedgers();
  return (
    ledgers.length > 0 &&
    ledgers.every(({ members, synchronised }) => synchronised.length === members.length)
  );
}

/** Whether a server serves the licences of another, or its own. */
export async function serves(server: LicenseServer, primary: LicenseServer): Promise<boolean> {
  return (await server.ledgerOf(primary))?.here === 'active';
}
