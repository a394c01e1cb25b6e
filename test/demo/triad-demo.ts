import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdminParams } from '../../src-shared/contract/admin.ts';
import { joinNames } from '../../src-shared/view/join-names.ts';
import { formatPairs, formatTable } from '../../src-main/cli/text/table.ts';
import { makeVendor } from '../support/licenses.ts';
import { LicenseServer } from '../support/license-server.ts';
import { isInSync, makeRelationship, serves } from '../support/pair.ts';
import { RenewingClient } from '../support/renewing-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DemoOptions, firstRenewal } from './demo.ts';
import { formatTime, Screen } from './screen.ts';

const users = ['Anna', 'Ben', 'Chloe', 'David', 'Emil'] as const;

/** Other applications renew a few times in the life of a lease; these miss no gap. */
const renewEveryMs = 50;

/** Time in sync after which the first server takes over again; 10 s where nobody sets it. */
const reclaimAfterMs = 3_000;

/** Shows how three servers lose members one after the other; resolves to what went wrong. */
export async function runTriadDemo({ write, signal }: DemoOptions): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'understudy-demo-'));
  const servers = ['lic-primary', 'lic-secondary', 'lic-tertiary'].map(
    (name) => new LicenseServer({ name, dataDirectory: join(directory, name), built: true }),
  );
  const demo = new TriadDemo(servers, new Screen(write), signal);
  const killAll = () => Promise.all(servers.map((server) => server.kill()));
  // Whatever waits for a server then fails, and the demonstration with it.
  signal.addEventListener('abort', () => void killAll(), { once: true });
  try {
    return await demo.run();
  } finally {
    await demo.endClients();
    await killAll();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface SeatedClient {
  user: string;
  client: RenewingClient;
  leaseId: string | undefined;
}

class TriadDemo {
  readonly #servers: readonly LicenseServer[];
  readonly #screen: Screen;
  readonly #signal: AbortSignal;
  readonly #clients: SeatedClient[] = [];
  readonly #wrong: string[] = [];

  constructor(servers: readonly LicenseServer[], screen: Screen, signal: AbortSignal) {
    this.#servers = servers;
    this.#screen = screen;
    this.#signal = signal;
  }

  async run(): Promise<string[]> {
    const [primary, secondary, tertiary] = this.#servers;
    if (!primary || !secondary || !tertiary) throw new Error('a triad has three servers');
    this.#screen.text('Three licence servers on this machine. Any two of them go on serving.');
    await this.#setUp(primary, secondary, tertiary);
    this.#screen.title('What happens');
    await this.#takeSeats(primary);
    const killedMs = await this.#kill(primary);
    this.#screen.countFrom(killedMs);
    await this.#until(`every client has renewed its seat at ${secondary.name}`, () =>
      this.#allRenewed(secondary, killedMs),
    );
    this.#screen.event(`${secondary.name} serves: every client has renewed its seat there.`);
    await this.#tellReadiness(secondary);
    await this.#loseMajority(primary, secondary, tertiary);
    await this.#bringBack(primary);
    await this.endClients();
    this.#showClients();
    for (const wrong of this.#wrong) this.#screen.text(`WRONG: ${wrong}`);
    return this.#wrong;
  }

  async endClients(): Promise<void> {
    await Promise.allSettled(this.#clients.map(({ client }) => client.end()));
  }

  async #setUp(
    primary: LicenseServer,
    secondary: LicenseServer,
    tertiary: LicenseServer,
  ): Promise<void> {
    this.#screen.title('Setting up');
    this.#signal.throwIfAborted();
    await Promise.all(this.#servers.map((server) => server.start()));
    const units = users.length;
    await primary.install(await makeVendor(), { feature: 'editor', units, redundancy: 'triad' });
    const plan: AdminParams<'relationship.create'> = {
      kind: 'triad',
      primary: primary.id,
      secondary: secondary.id,
      tertiary: tertiary.id,
    };
    await makeRelationship(this.#servers, plan, { reclaimAfterMs });
    this.#screen.block(
      formatPairs([
        ...this.#servers.map(({ name, port }): [string, string] => [name, `127.0.0.1:${port}`]),
        ['Licence', `editor (${units} seats), which the vendor lets a triad keep`],
      ]),
    );
  }

  async #takeSeats(primary: LicenseServer): Promise<void> {
    const ports = this.#servers.map(({ port }) => port);
    for (const user of users) {
      const options = { instance: user, user, feature: 'editor', ports, paceMs: renewEveryMs };
      const client = new RenewingClient(options);
      await client.checkOut();
      this.#clients.push({ user, client, leaseId: client.leaseId });
    }
    this.#screen.event(`${joinNames(users)} hold a seat each. ${primary.name} serves them.`);
  }

  async #kill(server: LicenseServer): Promise<number> {
    const killedMs = performance.now();
    await server.kill();
    this.#screen.event(`${server.name} is killed (kill -9).`, killedMs);
    return killedMs;
  }

  async #tellReadiness(server: LicenseServer): Promise<void> {
    const sentence = await waitFor('the server says that no other one can be spared', async () => {
      const { readiness } = await server.call('status', {});
      return readiness.reasons.find(({ code }) => code === 'QUORUM_MARGIN')?.message;
    });
    this.#screen.event(`${server.name} says: ${sentence}`);
  }

  /** With one of three nobody serves; seats wait, and are there again with two. */
  async #loseMajority(
    primary: LicenseServer,
    secondary: LicenseServer,
    tertiary: LicenseServer,
  ): Promise<void> {
    await this.#kill(tertiary);
    await this.#until(`${secondary.name} serves nobody`, async () => {
      return (await secondary.ledgerOf(primary))?.active === null;
    });
    const lost = this.#clients.filter(({ client }) => client.lost !== undefined);
    if (lost.length > 0) this.#fail(`${lost.length} clients lost the seat that they wait with.`);
    this.#screen.event(`${secondary.name} is alone and serves nobody. The clients keep waiting.`);
    const startedMs = performance.now();
    await tertiary.start();
    await this.#until('every client has renewed its seat', () =>
      this.#clients.every(({ client }) =>
        client.renewals.some(({ answeredMs }) => answeredMs > startedMs),
      ),
    );
    this.#screen.event(`${tertiary.name} is started again, and every client has renewed its seat.`);
  }

  async #bringBack(primary: LicenseServer): Promise<void> {
    await primary.start();
    this.#screen.event(`${primary.name} is started again.`);
    await this.#until('the primary serves again', () => serves(primary, primary));
    const reclaimedMs = performance.now();
    await this.#until('every client has renewed its seat there', () =>
      this.#allRenewed(primary, reclaimedMs),
    );
    this.#screen.event(`${primary.name} serves again, with all ${this.#clients.length} seats.`);
    await this.#until('everybody is in sync', () => isInSync(primary));
  }

  #showClients(): void {
    this.#screen.title('What the clients saw');
    const rows = this.#clients.map(({ user, client, leaseId }) => {
      const waits = client.renewals.map(({ askedMs, answeredMs }) => answeredMs - askedMs);
      const kept = client.lost === undefined && client.leaseId === leaseId;
      if (!kept) this.#fail(`${user} lost the seat: ${client.lost ?? 'it is another lease'}.`);
      const longest = formatTime(Math.max(...waits)).slice(1);
      return [user, String(client.renewals.length), longest, kept ? 'kept' : 'LOST'];
    });
    this.#screen.block(formatTable(['client', 'renewals', 'longest wait', 'lease'], rows));
  }

  #fail(wrong: string): void {
    this.#wrong.push(wrong);
  }

  #until(what: string, look: () => Promise<boolean> | boolean): Promise<boolean> {
    return waitFor(what, () => {
      this.#signal.throwIfAborted();
      return look();
    });
  }

  #allRenewed(server: LicenseServer, sinceMs: number): boolean {
    return this.#clients.every(({ client }) => firstRenewal(client, server, sinceMs) !== undefined);
  }
}
