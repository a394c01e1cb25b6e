import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AdminParams } from '../../src-shared/contract/admin.ts';
import { ClientConnection } from '../support/json-request.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeRelationship, pairServers, quickSettings } from '../support/pair.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { makeTerminal, runIn } from '../unit/cli/fake-terminal.ts';
import { startServer } from './started-server.ts';

// Hosts of a triad and of a pool are lost with their disks, and come back from their backups.

const patience = { timeout: 300_000 };

type Plan = AdminParams<'relationship.create'>;

const triad = (servers: LicenseServer[]): Plan => {
  const [primary = '', secondary = '', tertiary = ''] = servers.map(({ id }) => id);
  return { kind: 'triad', primary, secondary, tertiary };
};

const pool = (servers: LicenseServer[]): Plan => {
  return { kind: 'pool', name: 'floor', servers: servers.map(({ id }) => id) };
};

const names = ['Alpha', 'Beta', 'Gamma'];

/** Three servers, each with a backup that has its key, made before a second seat was granted. */
async function startThree(
  redundancy: 'triad' | 'pool',
  plan: (servers: LicenseServer[]) => Plan,
  spare?: LicenseServer,
) {
  const folder = makeTemporaryDirectory();
  writeFileSync(join(folder, 'passphrase'), 'a long one\n');
  const terminal = makeTerminal('', { workingDirectory: folder });
  const servers = await Promise.all(names.map(startServer));
  const [first] = servers as [LicenseServer];
  const features = redundancy === 'pool' ? ['strict', 'free'] : ['strict'];
  const vendor = await makeVendor();
  const grants = features.map((id) => {
    const rule = id === 'strict' && redundancy === 'pool' ? { majorityRule: true } : {};
    return { id, feature: id, redundancy, units: 4, ttlSeconds: 600, ...rule } as const;
  });
  await first.install(vendor, ...grants);
  for (const server of spare ? servers : []) await pairServers(server, spare as LicenseServer);
  await makeRelationship(servers, plan(servers), quickSettings);
  const run = async (server: LicenseServer, ...args: string[]) => {
    const done = await runIn(terminal, ...args, '--data-dir', server.dataDirectory);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    return done.stdout;
  };
  const early = await takeSeats(first, 'early', features);
  const secret = ['--passphrase-file', 'passphrase'];
  for (const server of servers) {
    await run(server, 'backup', `${server.name}.backup`, '--with-identity', ...secret);
  }
  const late = await takeSeats(first, 'late', features);
  return {
    servers: servers as [LicenseServer, LicenseServer, LicenseServer],
    features,
    early,
    late,
    run,
    /** The vendor's next file is imported. */
    renew: () => first.install(vendor, ...grants.map((grant) => ({ ...grant, serial: 2 }))),
    /** The host is gone; another one has nothing but the backup. */
    async lose(...lost: LicenseServer[]) {
      await Promise.all(lost.map((server) => server.kill()));
      for (const { dataDirectory } of lost) rmSync(dataDirectory, { recursive: true });
    },
    async restore(server: LicenseServer) {
      mkdirSync(server.dataDirectory);
      await run(server, 'restore', `${server.name}.backup`, ...secret);
      await server.start();
    },
  };
}

/** A seat of each licence for an instance, or the one that it has. */
async function takeSeats(at: LicenseServer, instance: string, features: readonly string[]) {
  const client = new ClientConnection(at.port);
  const seats: string[] = [];
  for (const feature of features) {
    const { status, body } = await client.checkout(instance, feature);
    expect({ feature, status, body }).toMatchObject({ status: expect.toSatisfy(isGranted) });
    seats.push((body as { lease: { id: string } }).lease.id);
  }
  client.close();
  return seats;
}

const isGranted = (status: number) => status === 200 || status === 201;

async function seatsAt(at: LicenseServer): Promise<string[]> {
  const { leases } = await at.call('lease.list', { limit: 100 });
  return leases.map(({ id }) => id).sort();
}

async function servesAll(at: LicenseServer): Promise<boolean> {
  const ledgers = await at.sharedLedgers();
  return ledgers.length > 0 && ledgers.every(({ here }) => here === 'active');
}

describe('servers that are restored one after the other', () => {
  it('let a triad go on with every seat of which one server is left', patience, async () => {
    const three = await startThree('triad', triad);
    const [alpha, beta, gamma] = three.servers;
    await three.lose(beta, gamma);
    await three.restore(beta);
    await three.run(beta, 'ledger', 'accept-loss');
    await waitFor('Alpha serves with Beta', async () => {
      const ledgers = await alpha.sharedLedgers();
      return (
        (await servesAll(alpha)) &&
        ledgers.every(({ synchronised }) => synchronised.includes(beta.id))
      );
    });
    expect(await seatsAt(alpha)).toEqual([...three.early, ...three.late].sort());
    expect(await takeSeats(alpha, 'early', three.features)).toEqual(three.early);
    await three.restore(gamma);
    await waitFor('everybody has everything', () => isInSync(alpha));
    expect(await seatsAt(gamma)).toEqual([...three.early, ...three.late].sort());
  });

  it(
    'let a pool go on with what the backups have when every server is lost',
    patience,
    async () => {
      const three = await startThree('pool', pool);
      const [alpha, beta, gamma] = three.servers;
      await three.lose(alpha, beta, gamma);
      await three.restore(alpha);
      await three.run(alpha, 'ledger', 'accept-loss');
      await three.restore(beta);
      await three.run(beta, 'ledger', 'accept-loss');
      await waitFor('Alpha serves', () => servesAll(alpha));
      await three.restore(gamma);
      await waitFor('everybody has everything', () => isInSync(alpha));
      expect(await takeSeats(alpha, 'early', three.features)).toEqual(three.early);
      // What was granted after the backups is known to its holders alone, who get a seat again.
      await takeSeats(alpha, 'late', three.features);
      for (const server of three.servers) {
        expect((await server.call('status', {})).missingData).toBeNull();
      }
    },
  );

  it(
    'do not drop without a word what one has that came after their backups',
    patience,
    async () => {
      const delta = await startServer('Delta');
      const three = await startThree('triad', triad, delta);
      const [alpha, beta, gamma] = three.servers;
      await gamma.kill();
      await alpha.call('relationship.members', { change: 'replace', server: 'Gamma', by: 'Delta' });
      await waitFor('Delta has everything', () => isInSync(alpha));
      const last = await takeSeats(alpha, 'last', three.features);
      await three.renew();
      await waitFor('Delta has that too', () => isInSync(alpha));
      await three.lose(alpha, beta);
      await three.restore(alpha);
      await three.restore(beta);
      const warned = async () => (await alpha.call('status', {})).missingData?.warning ?? null;
      await waitFor(
        'the loss of what Delta has is warned of',
        async () => (await warned()) !== null,
      );
      expect(await warned()).toMatch(/^Delta was taken in after .+ relationship replace OLD NEW$/);
      expect(await seatsAt(delta)).toEqual([...three.early, ...three.late, ...last].sort());
      const unasked = await alpha
        .call('ledger.acceptLoss', {})
        .catch((error: unknown) => String(error));
      expect(unasked).toContain('To accept the loss all the same');
      for (const server of [alpha, beta])
        await three.run(server, 'ledger', 'accept-loss', '--force');
      await waitFor('Alpha serves', () => servesAll(alpha));
      // As the warning says.
      await alpha.call('relationship.members', { change: 'replace', server: 'Gamma', by: 'Delta' });
      await waitFor('Delta has what the others have', () => isInSync(alpha));
      expect(await seatsAt(delta)).toEqual(three.early);
      await waitFor('Delta says what it dropped', async () => {
        const told = await delta.timeline('ledgersMerged');
        return told.some(({ message }) => message.includes('licence strict as serial 2'));
      });
      // Who holds a seat of the time between gets it again.
      const again = await takeSeats(alpha, 'last', three.features);
      expect(await takeSeats(alpha, 'last', three.features)).toEqual(again);
    },
  );
});
