import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ListedLease } from '../../src-shared/model/lease.ts';
import type { NodeSnapshot } from '../../src-shared/model/node-snapshot.ts';
import { ClientConnection, type JsonAnswer } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import type { NetworkHost } from '../support/network.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { machineOfTest } from './machine-of-test.ts';
import type { WindowsMachine } from './windows-machine.ts';

export const front = 'C:\\Program Files\\Understudy\\bin\\understudy.exe';
export const data = 'C:\\ProgramData\\Understudy';
export const port = 7474;

/** Has not the account that the service has on Windows, which wine knows nothing of. */
export const properties = [`LISTEN=0.0.0.0:${port}`, 'SERVICEACCOUNT=LocalSystem'];

/** A Windows on a network of its own, with the installers of a folder on it. */
export class MsiHost {
  readonly network: NetworkHost;
  readonly machine: WindowsMachine;

  constructor(network: NetworkHost, installers: string) {
    this.network = network;
    this.machine = machineOfTest({ under: network.under });
    for (const name of ['older.msi', 'newer.msi']) this.machine.put(join(installers, name), name);
  }

  async msiexec(option: '/i' | '/x', name: string, more: string[] = []): Promise<number> {
    return (await this.machine.run('msiexec', [option, `C:\\${name}`, '/qn', ...more])).status;
  }

  understudy(args: string[], stdin?: string) {
    const at = ['--data-dir', data];
    return this.machine.run(front, [...args, ...at], stdin === undefined ? {} : { stdin });
  }

  /** Types a line on the console, as an administrator whose console was opened after the installation. */
  async type(line: string): Promise<void> {
    this.machine.write('typed.cmd', `@${line}\r\n`);
    const { status, stdout, stderr } = await this.machine.run('cmd', ['/c', 'C:\\typed.cmd']);
    const said = status === 0 ? '' : stdout + stderr;
    expect({ line, status, said }).toEqual({ line, status: 0, said: '' });
  }

  /** What a command prints that must succeed, and says nothing beside it. */
  async json(args: string[]): Promise<unknown> {
    const ran = await this.understudy(args);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    return JSON.parse(ran.stdout);
  }

  async status(): Promise<NodeSnapshot> {
    return (await this.json(['status', '--json'])) as NodeSnapshot;
  }

  async untilServing(): Promise<void> {
    await waitFor('clients are served', async () => {
      const answer = await this.#ask((client) => client.send('GET', '/healthz')).catch(() => null);
      return answer?.status === 200;
    });
  }

  async untilReady(): Promise<void> {
    const isReady = async () => (await this.status()).readiness.ready;
    await waitFor('a failover would work', isReady, 60_000);
  }

  /** Pairs it with a server of another host, which backs it up from here on. */
  async becomesProtectedBy(partner: LicenseServer, at: NetworkHost): Promise<void> {
    const { code } = await partner.call('servers.invite', { allow: 'relationship' });
    const { server } = await this.status();
    for (const command of [
      ['servers', 'pair', `${at.address}:7470`, code],
      ['relationship', 'create', 'backup', '--main', server.name, '--backup', partner.name],
    ]) {
      expect(await this.understudy(command)).toMatchObject({ status: 0, stderr: '' });
    }
    await this.untilReady();
  }

  /** An application takes a seat of `cad`; resolves to the status of the answer. */
  async takeSeat(instance: string): Promise<number> {
    return (await this.#ask((client) => client.checkout(instance))).status;
  }

  /** Instances of those who hold seats, the oldest first. */
  async holders(): Promise<string[]> {
    const { leases } = (await this.json(['lease', 'list', '--json'])) as { leases: ListedLease[] };
    return leases.map(({ holder }) => holder.instance);
  }

  async #ask(question: (client: ClientConnection) => Promise<JsonAnswer>): Promise<JsonAnswer> {
    const client = new ClientConnection(port, { host: this.network.address });
    try {
      return await question(client);
    } finally {
      client.close();
    }
  }

  has(path: string): boolean {
    return existsSync(this.machine.path(path));
  }

  /** A folder and what is in it, if it is still there. */
  left(path: string): string[] {
    if (!this.has(path)) return [];
    return [path, ...readdirSync(this.machine.path(path), { recursive: true, encoding: 'utf8' })];
  }
}

/** A licence for 5 seats of `cad`, that another server may serve as well and that nobody need renew. */
export async function addLicense(host: MsiHost): Promise<void> {
  const fields = {
    product: 'Suite',
    feature: 'cad',
    units: 5,
    redundancy: 'backup',
    ttlSeconds: 3600,
  };
  await host.understudy(['issue', 'keygen', '--vendor', 'Acme', '--out', 'C:\\acme.key']);
  const issued = ['issue', 'license', '-', '--key', 'C:\\acme.key', '--out', 'C:\\cad.lic'];
  const spec = JSON.stringify(fields);
  expect(await host.understudy(issued, spec)).toMatchObject({ status: 0 });
  for (const command of [
    ['vendor', 'trust', 'C:\\acme.key.pub'],
    ['license', 'import', 'C:\\cad.lic'],
  ]) {
    expect(await host.understudy(command)).toMatchObject({ status: 0 });
  }
}

/** A server on Linux. */
export async function startPartner(there: NetworkHost): Promise<LicenseServer> {
  const partner = new LicenseServer({
    name: 'Partner',
    dataDirectory: makeTemporaryDirectory(),
    listen: { host: '0.0.0.0', port: 7470 },
    under: there.under,
  });
  onTestFinished(() => partner.kill());
  await partner.start();
  return partner;
}
