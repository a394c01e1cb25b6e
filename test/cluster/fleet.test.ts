import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePairingCode } from '../../src-main/node/peers/pairing/pairing-code.ts';
import type { AdminMethod, AdminParams, AdminResult } from '../../src-shared/contract/admin.ts';
import { callAdmin } from '../support/json-request.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { makeNetwork, type NetworkHost } from '../support/network.ts';
import { startServe } from '../support/node.ts';
import type { ServeProcess } from '../support/serve-process.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { missingNetwork } from './site-servers.ts';

/** A server tries again at the latest after a minute, first to pair and then to set the relationship up. */
const patiently = { timeout: 150_000, interval: 50 };
const names = ['hall-1', 'hall-2', 'yard-1', 'yard-2', 'judge'] as const;
type Name = (typeof names)[number];

/** A host with nothing on it but a configuration file. */
class FleetHost {
  readonly network: NetworkHost;
  readonly #dataDirectory = makeTemporaryDirectory();
  #process: ServeProcess | undefined;

  constructor(network: NetworkHost) {
    this.network = network;
  }

  get address(): string {
    return `${this.network.address}:7470`;
  }

  async start(configFile: string): Promise<void> {
    const args = ['--config', configFile];
    this.#process = startServe(this.#dataDirectory, { args, under: this.network.under });
    await this.#process.ready();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async ask<M extends AdminMethod>(method: M, params: AdminParams<M>): Promise<AdminResult<M>> {
    const answer = await callAdmin(this.#dataDirectory, method, params);
    if (answer.ok) return answer.value;
    throw new Error(`${method}: ${answer.code}: ${answer.message}`);
  }
}

type Hosts = Record<Name, FleetHost>;

/** Which hosts have a code together: the one that waits, and the one that asks. */
type Pairs = readonly (readonly [waits: Name, asks: Name])[];

/** Makes the hosts and starts each on its file; those that ask are there before those that they ask. */
async function startFleet(
  folder: string,
  pairs: Pairs,
  more: Partial<Record<Name, object>>,
): Promise<Hosts> {
  const networks = makeNetwork(names.length);
  const entries = networks.map((network, at) => [names[at], new FleetHost(network)] as const);
  const hosts = Object.fromEntries(entries) as Hosts;
  const pairings = Object.fromEntries(names.map((name) => [name, [] as object[]]));
  const allow = 'relationship';
  for (const [waits, asks] of pairs) {
    const code = makePairingCode();
    pairings[waits]?.push({ code, allow });
    pairings[asks]?.push({ code, allow, address: hosts[waits].address });
  }
  for (const name of [...names].toSorted().toReversed()) {
    const config = {
      format: 'understudy-config/1',
      settings: { name, usageKeptDays: 400 },
      pairings: pairings[name],
      ...more[name],
    };
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    await hosts[name].start(file);
  }
  return hosts;
}

/** Two strict backups, and a witness that both share. */
const pairsOfTwo: Pairs = (['hall', 'yard'] as const).flatMap((place) => [
  [`${place}-1`, `${place}-2`] as const,
  ['judge', `${place}-1`] as const,
  ['judge', `${place}-2`] as const,
]);

function filesOfTwo(vendors: string[]): Partial<Record<Name, object>> {
  const relationshipOf = (backup: Name) => ({
    relationship: {
      ...{ backup, policy: 'strict', witness: 'judge' },
      settings: { takeoverAfterMs: 2_500, coldStartWaitMs: 5_000 },
    },
  });
  return {
    'hall-1': { ...relationshipOf('hall-2'), vendors },
    'yard-1': relationshipOf('yard-2'),
  };
}

async function writeVendor(folder: string) {
  const vendor = await makeVendor('Acme');
  mkdirSync(join(folder, 'vendors'));
  writeFileSync(join(folder, 'vendors', 'acme.pub'), vendor.publicFile);
  return vendor;
}

/** Ends when the licences are kept available, the host is killed, and another one serves them. */
async function failOver(hosts: Hosts, main: Name, next: Name): Promise<void> {
  await expect
    .poll(async () => (await hosts[main].ask('status', {})).readiness.ready, patiently)
    .toBe(true);
  await hosts[main].kill();
  const servesForIt = async () => {
    const { ledgers, server } = await hosts[next].ask('status', {});
    return ledgers.some(({ active, members }) => active === server.id && members[0] !== active);
  };
  await expect.poll(servesForIt, patiently).toBe(true);
}

const patience = { timeout: 500_000, ...skipFor(missingNetwork) };

describe('five hosts with a configuration file each', patience, () => {
  it('become two pairs that share a witness, and one of them fails over', async () => {
    const folder = makeTemporaryDirectory();
    const vendor = await writeVendor(folder);
    const hosts = await startFleet(folder, pairsOfTwo, filesOfTwo(['vendors/acme.pub']));
    for (const main of ['hall-1', 'yard-1'] as const) {
      const established = async () => {
        const { relationship, server } = await hosts[main].ask('status', {});
        const { state, policy, members = [], settings } = relationship ?? {};
        const takeoverAfterMs = settings?.takeoverAfterMs;
        const synchronised = members.map((member) => member.synchronised);
        return { name: server.name, state, policy, takeoverAfterMs, synchronised };
      };
      await expect.poll(established, patiently).toEqual({
        ...{ name: main, state: 'established', policy: 'strict', takeoverAfterMs: 2_500 },
        synchronised: [true, true, true],
      });
    }
    const { settings } = await hosts.judge.ask('snapshot', {});
    expect(settings.usageKeptDays).toBe(400);

    const content = await makeLicenseFile(vendor, { redundancy: 'backup' });
    await hosts['hall-1'].ask('license.import', { content, fileName: 'acme.lic' });
    await failOver(hosts, 'hall-1', 'hall-2');
  });

  it('become a pool, whose next server serves when the leader is gone', async () => {
    const folder = makeTemporaryDirectory();
    const vendor = await writeVendor(folder);
    const everyTwo = names.flatMap((waits, at) =>
      names.slice(at + 1).map((asks) => [waits, asks] as const),
    );
    const [leader, ...followers] = names;
    const hosts = await startFleet(folder, everyTwo, {
      [leader]: {
        vendors: ['vendors/acme.pub'],
        relationship: {
          ...{ kind: 'pool', name: 'floor', followers },
          settings: { takeoverAfterMs: 2_500, coldStartWaitMs: 5_000 },
        },
      },
    });
    const pool = async () => {
      const { relationship } = await hosts[leader].ask('status', {});
      const { state, kind, name, members = [] } = relationship ?? {};
      const inOrder = members
        .filter(({ synchronised }) => synchronised)
        .map((member) => member.name);
      return { state, kind, name, inOrder };
    };
    await expect
      .poll(pool, patiently)
      .toEqual({ state: 'established', kind: 'pool', name: 'floor', inOrder: names });
    const content = await makeLicenseFile(vendor, { redundancy: 'pool' });
    await hosts[leader].ask('license.import', { content, fileName: 'acme.lic' });
    await failOver(hosts, leader, 'hall-2');
  });
});
