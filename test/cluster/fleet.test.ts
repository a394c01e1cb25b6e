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

const patiently = { timeout: 60_000, interval: 50 };
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

/** What each host's file says beside its name: two strict backups, and a witness that both share. */
function writeFiles(hosts: Record<Name, FleetHost>, folder: string, publicFile: string) {
  const allow = 'relationship';
  const pairings = Object.fromEntries(names.map((name) => [name, [] as object[]]));
  const pair = (waits: Name, asks: Name) => {
    const code = makePairingCode();
    pairings[waits]?.push({ code, allow });
    pairings[asks]?.push({ code, allow, address: hosts[waits].address });
  };
  for (const place of ['hall', 'yard'] as const) {
    pair(`${place}-1`, `${place}-2`);
    pair('judge', `${place}-1`);
    pair('judge', `${place}-2`);
  }
  mkdirSync(join(folder, 'vendors'));
  writeFileSync(join(folder, 'vendors', 'acme.pub'), publicFile);
  const relationshipOf = (backup: Name) => ({
    relationship: {
      ...{ backup, policy: 'strict', witness: 'judge' },
      settings: { takeoverAfterMs: 2_500, coldStartWaitMs: 5_000 },
    },
  });
  const more: Partial<Record<Name, object>> = {
    'hall-1': { ...relationshipOf('hall-2'), vendors: ['vendors/acme.pub'] },
    'yard-1': relationshipOf('yard-2'),
  };
  for (const name of names) {
    const config = {
      format: 'understudy-config/1',
      settings: { name, usageKeptDays: 400 },
      pairings: pairings[name],
      ...more[name],
    };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(config), { mode: 0o600 });
  }
}

describe('five hosts with a configuration file each', skipFor(missingNetwork), () => {
  it('become two pairs that share a witness, and one of them fails over', async () => {
    const networks = makeNetwork(names.length);
    const entries = networks.map((network, at) => [names[at], new FleetHost(network)] as const);
    const hosts = Object.fromEntries(entries) as Record<Name, FleetHost>;
    const folder = makeTemporaryDirectory();
    const vendor = await makeVendor('Acme');
    writeFiles(hosts, folder, vendor.publicFile);
    // Those that ask are there before those that they ask.
    for (const name of [...names].toSorted().toReversed()) {
      await hosts[name].start(join(folder, `${name}.json`));
    }
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
    await expect
      .poll(async () => (await hosts['hall-1'].ask('status', {})).readiness.ready, patiently)
      .toBe(true);
    await hosts['hall-1'].kill();
    const servesForIt = async () => {
      const { ledgers, server } = await hosts['hall-2'].ask('status', {});
      return ledgers.some(({ active, members }) => active === server.id && members[0] !== active);
    };
    await expect.poll(servesForIt, patiently).toBe(true);
  });
});
