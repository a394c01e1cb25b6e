import { expect, it, onTestFinished } from 'vitest';
import type { MemberChange } from '../../src-shared/contract/relationship-plan.ts';
import { callAdmin, ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeRelationship, pairServers, quickSettings } from '../support/pair.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { changeMembers } from './change-members.ts';

// Of the servers of a pool several are lost at once.

const patience = { timeout: 300_000 };

/** A licence of each rule. */
const grants = ['free', 'strict'].map((id) => ({
  ...{ id, feature: id, redundancy: 'pool', units: 2, ttlSeconds: 120 },
  ...(id === 'strict' && { majorityRule: true }),
})) as Parameters<LicenseServer['install']>[1][];

async function startServers(...names: string[]): Promise<LicenseServer[]> {
  const servers = names.map((name) => {
    const server = new LicenseServer({ name, dataDirectory: makeTemporaryDirectory() });
    onTestFinished(() => server.kill());
    return server;
  });
  await Promise.all(servers.map((server) => server.start()));
  return servers;
}

async function startPool(...names: string[]): Promise<LicenseServer[]> {
  const servers = await startServers(...names);
  const [first] = servers as [LicenseServer];
  await first.install(await makeVendor(), ...grants);
  const plan = { kind: 'pool', name: 'floor', servers: servers.map(({ id }) => id) } as const;
  await makeRelationship(servers, plan, quickSettings);
  return servers;
}

/** A server that is new, and knows those that live. */
async function startSpare(name: string, living: readonly LicenseServer[]): Promise<LicenseServer> {
  const [spare] = (await startServers(name)) as [LicenseServer];
  for (const server of living) await pairServers(server, spare);
  return spare;
}

/** A seat of each licence, or those that the holder has already. */
async function takeSeats(at: LicenseServer): Promise<string[]> {
  const client = new ClientConnection(at.port);
  const seats: string[] = [];
  for (const { feature = '' } of grants) {
    const { status, body } = await client.checkout('ann', feature);
    expect(status).toBeLessThan(300);
    seats.push((body as { lease: { id: string } }).lease.id);
  }
  client.close();
  return seats.sort();
}

async function seatsAt(at: LicenseServer): Promise<string[]> {
  const { leases } = await at.call('lease.list', { limit: 100 });
  return leases.map(({ id }) => id).sort();
}

/** By ledger, the one with the majority rule first: who serves it, and who keeps it. */
async function ledgersAt(at: LicenseServer): Promise<[string | null, ...string[]][]> {
  const ledgers = await at.sharedLedgers();
  const ordered = ledgers.sort((a) => (a.rule === 'majority' ? -1 : 1));
  return ordered.map(({ active, members }) => [active, ...members]);
}

const idsOf = (servers: readonly LicenseServer[]) => servers.map(({ id }) => id);

async function expectServedBy(by: LicenseServer, members: readonly LicenseServer[]) {
  const ledger = [by.id, ...idsOf(members)];
  await waitFor(`${by.name} serves both ledgers`, async () => {
    const ledgers = await ledgersAt(members.at(-1) ?? by);
    return JSON.stringify(ledgers) === JSON.stringify([ledger, ledger]);
  });
  await waitFor('everybody has everything', () => isInSync(by));
}

async function readinessAt(at: LicenseServer): Promise<string> {
  const { relationship } = await at.call('status', {});
  return relationship?.readiness.reasons.map(({ message }) => message).join(' ') ?? '';
}

function replace(old: LicenseServer, by: LicenseServer): MemberChange {
  return { change: 'replace', server: old.id, by: by.id };
}

it(
  'two of five are replaced one after the other, by servers that know only those that live',
  patience,
  async () => {
    const pool = await startPool('Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon');
    const [alpha, beta, ...living] = pool as [LicenseServer, LicenseServer, LicenseServer];
    const [gamma] = living as [LicenseServer];
    const seats = await takeSeats(alpha);
    await Promise.all([alpha.kill(), beta.kill()]);
    const zeta = await startSpare('Zeta', living);
    const eta = await startSpare('Eta', [...living, zeta]);
    await waitFor('the next one serves', async () => {
      const ledgers = await ledgersAt(gamma);
      return ledgers.every(([active]) => active === gamma.id);
    });

    await changeMembers(gamma, replace(alpha, zeta));
    await waitFor('the first one is replaced', async () => {
      const half = [zeta.id, zeta.id, beta.id, ...idsOf(living)];
      return JSON.stringify(await ledgersAt(zeta)) === JSON.stringify([half, half]);
    });
    const told = (await zeta.timeline('relationshipChanged')).map(({ message }) => message);
    expect(told.join('\n')).toContain(
      'Zeta is to take the place of Alpha. Beta cannot be reached and is not paired with Zeta: pair the two when Beta is back.',
    );
    await changeMembers(zeta, replace(beta, eta));
    await expectServedBy(zeta, [zeta, eta, ...living]);
    expect(await seatsAt(eta)).toEqual(seats);
    expect(await readinessAt(zeta)).toBe('');

    await Promise.all([alpha.start(), beta.start()]);
    for (const lost of [alpha, beta]) {
      await waitFor(`${lost.name} learns that it was replaced`, async () => {
        return (await lost.call('status', {})).relationship === null;
      });
    }
    expect(await takeSeats(zeta)).toEqual(seats);
    expect(await seatsAt(alpha)).toEqual([]);
  },
);

it('the one that comes back after all is paired with the new one', patience, async () => {
  const pool = await startPool('Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon');
  const [alpha, beta, ...living] = pool as [LicenseServer, LicenseServer, LicenseServer];
  const [gamma] = living as [LicenseServer];
  await Promise.all([alpha.kill(), beta.kill()]);
  const zeta = await startSpare('Zeta', living);
  await changeMembers(gamma, replace(alpha, zeta));
  await beta.start();
  await waitFor('Zeta says what is missing', async () => {
    return (await readinessAt(zeta)).includes('is not paired with this server');
  });
  await pairServers(zeta, beta);
  await expectServedBy(zeta, [zeta, beta, ...living]);
  await waitFor('nothing is missing', async () => (await readinessAt(zeta)) === '');
});

it(
  'without a majority nobody is replaced, in neither ledger, and what to do is said',
  patience,
  async () => {
    const pool = await startPool('Alpha', 'Beta', 'Gamma');
    const [alpha, beta, gamma] = pool as [LicenseServer, LicenseServer, LicenseServer];
    await Promise.all([alpha.kill(), beta.kill()]);
    const delta = await startSpare('Delta', [gamma]);
    await waitFor('what needs no majority is served', async () => {
      const ledgers = await ledgersAt(gamma);
      return ledgers.map(([active]) => active).join() === `,${gamma.id}`;
    });
    const before = await ledgersAt(gamma);
    const answer = await callAdmin(
      gamma.dataDirectory,
      'relationship.members',
      replace(alpha, delta),
    );
    expect(answer).toMatchObject({ ok: false, code: 'NOT_SERVING' });
    const message = answer.ok ? '' : answer.message;
    expect(message).toContain('takes 2 of Alpha, Beta and Gamma, and only Gamma can be reached');
    expect(message).toContain('Start one of the others again');
    const { relationship } = await gamma.call('status', {});
    expect(relationship).toMatchObject({ state: 'established', pending: null });
    expect(await ledgersAt(gamma)).toEqual(before);

    await beta.start();
    for (const server of [beta]) await pairServers(server, delta);
    await waitFor('there is a majority', async () => {
      const ledgers = await ledgersAt(gamma);
      return ledgers.every(([active]) => active !== null);
    });
    await changeMembers(gamma, replace(alpha, delta));
    await expectServedBy(delta, [delta, beta, gamma]);
  },
);
