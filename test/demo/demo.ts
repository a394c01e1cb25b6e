import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPairs, formatTable } from '../../src-main/cli/text/table.ts';
import { LicenseServer } from '../support/license-server.ts';
import { isInSync, makeBackup, serves } from '../support/pair.ts';
import { type Renewal, RenewingClient } from '../support/renewing-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { formatTime, Screen } from './screen.ts';

export interface DemoOptions {
  write: (text: string) => void;
  /** Ends it early; everything is cleaned up then as well. */
  signal: AbortSignal;
}

/** Users and the demo feature of which each holds a seat. All five seats of "editor" are taken. */
const seats = [
  ['Anna', 'editor'],
  ['Ben', 'editor'],
  ['Chloe', 'editor'],
  ['David', 'editor'],
  ['Emil', 'editor'],
  ['Frida', 'render'],
  ['Gustav', 'viewer'],
] as const;

/** Other applications renew a few times in the life of a lease; these miss no gap. */
const renewEveryMs = 50;

/** Time in sync after which the main server takes over again; 10 s where nobody sets it. */
const reclaimAfterMs = 3_000;

/** A takeover from a crash that takes longer is not what is promised. */
const takeoverMsMax = 5_000;

/** Shows a failover and its end with two real servers; resolves to what did not go as it should. */
export async function runDemo({ write, signal }: DemoOptions): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'understudy-demo-'));
  const servers = ['lic-main', 'lic-backup'].map(
    (name) => new LicenseServer({ name, dataDirectory: join(directory, name), built: true }),
  );
  const [main, backup] = servers;
  if (!main || !backup) throw new Error('a demonstration has two servers');
  const demo = new Demo(main, backup, new Screen(write), signal);
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

interface DemoClient {
  user: string;
  feature: string;
  client: RenewingClient;
  /** The lease that it was granted at first. */
  leaseId: string | undefined;
}

class Demo {
  readonly #main: LicenseServer;
  readonly #backup: LicenseServer;
  readonly #screen: Screen;
  readonly #signal: AbortSignal;
  readonly #clients: DemoClient[] = [];
  readonly #wrong: string[] = [];
  #killedMs = 0;
  #killedWallMs = 0;

  constructor(main: LicenseServer, backup: LicenseServer, screen: Screen, signal: AbortSignal) {
    this.#main = main;
    this.#backup = backup;
    this.#screen = screen;
    this.#signal = signal;
  }

  async run(): Promise<string[]> {
    this.#screen.text(
      'Two licence servers on this machine. One protects the other; then it fails.',
    );
    await this.#setUp();
    this.#screen.title('What happens');
    await this.#takeSeats();
    await this.#kill();
    await this.#askAtTheBackup();
    await this.#bringBack();
    this.#showClients();
    await this.#showTimeline();
    this.#sum();
    return this.#wrong;
  }

  async endClients(): Promise<void> {
    await Promise.allSettled(this.#clients.map(({ client }) => client.end()));
  }

  async #setUp(): Promise<void> {
    const main = this.#main;
    const backup = this.#backup;
    this.#screen.title('Setting up');
    this.#signal.throwIfAborted();
    await Promise.all([main.start(), backup.start()]);
    await main.call('demo.install', { consent: true });
    await makeBackup({ main, backup, settings: { reclaimAfterMs } });
    const { licenses } = await main.call('license.list', {});
    this.#screen.block(
      formatPairs([
        ['Main server', `${main.name} at 127.0.0.1:${main.port}`],
        ['Backup server', `${backup.name} at 127.0.0.1:${backup.port}, paired and in sync`],
        [
          'Licences',
          licenses.map(({ feature, units }) => `${feature} (${units} seats)`).join(', '),
        ],
        ['Clients', describeSeats()],
      ]),
    );
  }

  async #takeSeats(): Promise<void> {
    for (const [user, feature] of seats) {
      const client = this.#makeClient(user, feature);
      await client.checkOut();
      this.#clients.push({ user, feature, client, leaseId: client.leaseId });
    }
    this.#screen.event(`${seats.length} clients hold a seat each. ${this.#main.name} serves them.`);
    const sinceMs = performance.now();
    await this.#until('every client has renewed its seat', () =>
      this.#allRenewed(this.#main, sinceMs),
    );
    this.#screen.event('Each renews its seat.');
  }

  async #kill(): Promise<void> {
    this.#killedMs = performance.now();
    this.#killedWallMs = Date.now();
    this.#screen.countFrom(this.#killedMs);
    this.#screen.event(`${this.#main.name} is killed (kill -9).`, this.#killedMs);
    await this.#main.kill();
    let told = 0;
    await this.#until('every client has renewed its seat at the backup', () => {
      const found = this.#clients.flatMap(({ user, feature, client }) => {
        const renewal = firstRenewal(client, this.#backup, this.#killedMs);
        return renewal ? [{ user, feature, atMs: renewal.answeredMs }] : [];
      });
      const inOrder = found.sort((a, b) => a.atMs - b.atMs);
      for (const { user, feature, atMs } of inOrder.slice(told)) {
        const where = `at ${this.#backup.name}`;
        this.#screen.event(`${user} has renewed the ${feature} seat ${where}.`, atMs);
      }
      told = found.length;
      return told === this.#clients.length;
    });
  }

  /** New seats are granted there, and not one more than the licence has. */
  async #askAtTheBackup(): Promise<void> {
    const newcomer = this.#makeClient('Hanna', 'viewer');
    await newcomer.checkOut();
    const leaseId = newcomer.leaseId;
    this.#clients.push({ user: 'Hanna', feature: 'viewer', client: newcomer, leaseId });
    this.#screen.event(`Hanna gets a new viewer seat from ${this.#backup.name}.`);
    const sixth = this.#makeClient('Ida', 'editor');
    const refusal = await sixth.checkOut().then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (refusal === null) this.#fail('A sixth seat of "editor" was granted, which has five.');
    else this.#screen.event(`Ida asks for a sixth editor seat and is refused: ${refusal}`);
    await sixth.end();
  }

  async #bringBack(): Promise<void> {
    const main = this.#main;
    this.#screen.event(`${main.name} is started again.`);
    this.#signal.throwIfAborted();
    await main.start();
    await this.#until('both servers are in sync', () => isInSync(this.#backup));
    this.#screen.event(`${main.name} has everything that happened while it was away.`);
    await this.#until(`${main.name} serves again`, () => serves(main, main));
    const reclaimedMs = performance.now();
    this.#screen.event(
      `${main.name} has been in sync for ${reclaimAfterMs / 1000} s: it serves again.`,
    );
    await this.#until('every client has renewed its seat', () =>
      this.#allRenewed(main, reclaimedMs),
    );
    this.#screen.event(`All ${this.#clients.length} clients renew their seats there.`);
    await this.#until(`${this.#backup.name} is in sync again`, () => isInSync(main));
    await this.endClients();
  }

  #showClients(): void {
    this.#screen.title('What the clients saw');
    const titles = ['client', 'seat', 'at the backup', 'longest wait', 'renewals', 'lease'];
    const rows = this.#clients.map((one) => this.#describe(one));
    this.#screen.block(formatTable(titles, rows));
  }

  #describe({ user, feature, client, leaseId }: DemoClient): string[] {
    const first = firstRenewal(client, this.#backup, this.#killedMs);
    const afterMs = first ? first.answeredMs - this.#killedMs : Infinity;
    const waits = client.renewals.map(({ askedMs, answeredMs }) => answeredMs - askedMs);
    const kept = client.lost === undefined && client.leaseId === leaseId;
    if (!kept) this.#fail(`${user} lost the seat: ${client.lost ?? 'it is another lease'}.`);
    if (client.failures > 0) this.#fail(`${user} asked ${client.failures} times in vain.`);
    if (afterMs > takeoverMsMax)
      this.#fail(`${user} waited ${formatTime(afterMs)} for the backup.`);
    return [
      user,
      feature,
      formatTime(afterMs),
      `${(Math.max(...waits) / 1000).toFixed(3)} s`,
      String(client.renewals.length),
      kept ? 'kept' : 'LOST',
    ];
  }

  async #showTimeline(): Promise<void> {
    this.#screen.title(`The timeline, as ${this.#main.name} has it`);
    const events = (await this.#main.timeline()).toSorted((a, b) => a.at.localeCompare(b.at));
    const begin = events.findIndex(({ kind }) => kind === 'relationshipCreated');
    for (const { at, message } of events.slice(Math.max(0, begin))) {
      this.#screen.at(formatTime(Date.parse(at) - this.#killedWallMs), message);
    }
    const kinds = new Set(events.map(({ kind }) => kind));
    if (!kinds.has('failoverBegan')) this.#fail('The timeline does not tell of the failover.');
    if (!kinds.has('failoverEnded')) this.#fail('The timeline does not tell of its end.');
    if (kinds.has('overdraftBegan')) this.#fail('More seats were out than the licences have.');
  }

  #sum(): void {
    const gaps = this.#clients.flatMap(({ client }) => {
      const first = firstRenewal(client, this.#backup, this.#killedMs);
      return first ? [first.answeredMs - this.#killedMs] : [];
    });
    this.#screen.title('In short');
    if (this.#wrong.length === 0) {
      const seconds = (Math.min(...gaps) / 1000).toFixed(2);
      this.#screen.text(
        `The main server failed, and ${seconds} s later its clients were served by the backup server. ` +
          `All ${seats.length} seats were kept, and kept again when the main server came back.`,
      );
    }
    for (const wrong of this.#wrong) this.#screen.text(`WRONG: ${wrong}`);
  }

  #fail(wrong: string): void {
    this.#wrong.push(wrong);
  }

  #makeClient(user: string, feature: string): RenewingClient {
    const servers = [this.#main.localAddress, this.#backup.localAddress];
    return new RenewingClient({ instance: user, user, feature, servers, paceMs: renewEveryMs });
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

/** The first renewal of a client by a server that was answered after an instant. */
export function firstRenewal(
  { renewals }: RenewingClient,
  { id }: LicenseServer,
  sinceMs: number,
): Renewal | undefined {
  return renewals.find(({ servedBy, answeredMs }) => servedBy === id && answeredMs >= sinceMs);
}

/** `Anna, Ben (editor), Chloe (viewer)`. */
function describeSeats(): string {
  const features = [...new Set(seats.map(([, feature]) => feature))];
  return features
    .map((feature) => {
      const users = seats.flatMap(([user, has]) => (has === feature ? [user] : []));
      return `${users.join(', ')} (${feature})`;
    })
    .join(', ');
}
