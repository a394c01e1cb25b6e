import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sameAgeMs } from '../../src-main/node/peers/own-copies.ts';
import { deriveAttention } from '../../src-shared/view/attention.ts';
import { copyDirectory } from '../support/copied-directory.ts';
import { ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { makeNetwork, type NetworkHost, whyNoNetwork } from '../support/network.ts';
import { makeBackup, quickSettings, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const settings = { ...quickSettings, coldStartWaitMs: 1_000 };
const title = 'Two servers have one identity';

function makeServer(name: string, dataDirectory = makeTemporaryDirectory()): LicenseServer {
  const server = new LicenseServer({ name, dataDirectory });
  onTestFinished(() => server.kill());
  return server;
}

/** Statuses of checkouts by clients of their own. */
async function ask(host: string, port: number, ...instances: string[]): Promise<number[]> {
  const client = new ClientConnection(port, { host });
  const statuses = [];
  for (const instance of instances) statuses.push((await client.checkout(instance)).status);
  client.close();
  return statuses;
}

/** Window, tray and `status` take what needs attention from the same snapshot. */
async function needsAttention(server: LicenseServer): Promise<string[]> {
  return deriveAttention(await server.call('snapshot', {})).map((entry) => entry.title);
}

async function tells(server: LicenseServer): Promise<void> {
  await waitFor(`${server.name} says so in its status`, async () => {
    return (await needsAttention(server)).includes(title);
  });
  await waitFor(`${server.name} has it on its timeline`, async () => {
    return (await server.timeline('identityCopied')).length > 0;
  });
  await waitFor(`${server.name} has it in its log`, () => {
    const log = readFileSync(join(server.dataDirectory, 'logs', 'server.log'), 'utf8');
    return log.includes('one of the two is a copy of the other');
  });
}

describe('a copy of a server of a pair that is started while the original runs', () => {
  it.each(['Main', 'Backup'])('serves nothing when it is a copy of %s', async (which) => {
    const [main, backup] = [makeServer('Main'), makeServer('Backup')];
    await Promise.all([main.start(), backup.start()]);
    await main.install(await makeVendor(), { units: 5, redundancy: 'backup' });
    await makeBackup({ main, backup, settings });
    const [original, other] = which === 'Main' ? [main, backup] : [backup, main];
    await original.stop();
    const copy = makeServer(which, copyDirectory(original.dataDirectory));
    await original.start();
    await waitFor('Main serves', () => serves(main, main));
    await copy.start();

    await tells(other);
    await tells(copy);
    const { serving } = await copy.call('snapshot', {});
    expect(serving).toMatchObject({ state: 'stopped', reasons: [{ code: 'IDENTITY_COPIED' }] });
    const { standsAside } = await original.call('snapshot', {});
    expect(standsAside).toBe(false);
    expect(await ask('127.0.0.1', main.port, 'a', 'b', 'c', 'd', 'e')).toEqual(
      Array.from({ length: 5 }, () => 201),
    );
    expect(await ask('127.0.0.1', copy.port, 'f')).toEqual([503]);

    // Alone with the copy, which is none of a kind that takes over.
    await other.kill();
    await waitFor('the original serves', () => serves(original, main));
    expect(await ask('127.0.0.1', original.port, 'f')).toEqual([409]);
    expect(await ask('127.0.0.1', copy.port, 'f')).toEqual([503]);

    // The way out.
    const { nextId } = await copy.call('identity.renew', {});
    await copy.stop();
    await copy.start();
    expect(copy.id).toBe(nextId);
    const { licenses, servers, serving: now } = await copy.call('snapshot', {});
    expect({ licenses, servers, state: now.state }).toMatchObject({
      licenses: [],
      servers: [],
      state: 'serving',
    });
  });
});

/** A server at a host of its own that is found by mDNS. */
function makeHosted(network: NetworkHost, dataDirectory: string): LicenseServer {
  const server = new LicenseServer({
    name: 'Lone',
    dataDirectory,
    listen: { host: '0.0.0.0', port: 7470 },
    mdns: true,
    under: network.under,
  });
  onTestFinished(() => server.kill());
  return server;
}

describe('two copies of one server on a network', skipFor(whyNoNetwork()), () => {
  it('serve its seats once: the second one serves nothing, until it is another server', async () => {
    const networks = makeNetwork(2);
    const [here, there] = networks;
    if (!here || !there) throw new Error('two hosts');
    const original = makeHosted(here, makeTemporaryDirectory());
    await original.start();
    await original.install(await makeVendor(), { units: 2 });
    await original.stop();
    const copy = makeHosted(there, copyDirectory(original.dataDirectory));
    await original.start();
    const startedMs = performance.now();
    expect(await ask(here.address, 7470, 'a', 'b')).toEqual([201, 201]);
    await waitFor('it is old enough to be the first whatever the starts are called', () => {
      return performance.now() - startedMs >= sameAgeMs;
    });
    await copy.start();

    await waitFor('the copy is found out', async () => {
      return (await copy.call('snapshot', {})).standsAside;
    });
    await tells(copy);
    expect(await ask(there.address, 7470, 'c')).toEqual([503]);
    await waitFor('the original says where it is', async () => {
      return (await original.call('snapshot', {})).copyAt === `${there.address}:7470`;
    });
    await tells(original);
    expect((await original.call('snapshot', {})).standsAside).toBe(false);
    expect(await ask(here.address, 7470, 'a', 'c')).toEqual([200, 409]);

    const { nextId } = await copy.call('identity.renew', {});
    await copy.stop();
    await copy.start();
    expect(copy.id).toBe(nextId);
    await waitFor('the new server is found as another one', async () => {
      const { servers } = await original.call('snapshot', {});
      return servers.some(({ id }) => id === nextId);
    });
  });
});
