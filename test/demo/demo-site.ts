import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '../../src-main/cli/text/table.ts';
import { joinNames } from '../../src-shared/view/join-names.ts';
import { LicenseServer } from '../support/license-server.ts';
import { RenewingClient } from '../support/renewing-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DemoOptions, firstRenewal } from './demo.ts';
import { formatTime, Screen } from './screen.ts';

/** Other applications renew a few times in the life of a lease; these miss no gap. */
const renewEveryMs = 50;

interface SeatedClient {
  user: string;
  feature: string;
  client: RenewingClient;
  leaseId: string | undefined;
}

/** Servers on this machine and the clients that hold seats of them, for a story of what happens. */
export class DemoSite {
  readonly servers: readonly LicenseServer[];
  readonly screen: Screen;
  readonly clients: SeatedClient[] = [];
  readonly wrong: string[] = [];
  readonly #signal: AbortSignal;

  constructor(servers: readonly LicenseServer[], screen: Screen, signal: AbortSignal) {
    this.servers = servers;
    this.screen = screen;
    this.#signal = signal;
  }

  async start(): Promise<void> {
    this.#signal.throwIfAborted();
    await Promise.all(this.servers.map((server) => server.start()));
  }

  async takeSeats(users: readonly string[], feature: string): Promise<void> {
    const servers = this.servers.map(({ localAddress }) => localAddress);
    for (const user of users) {
      const options = { instance: user, user, feature, servers, paceMs: renewEveryMs };
      const client = new RenewingClient(options);
      await client.checkOut();
      this.clients.push({ user, feature, client, leaseId: client.leaseId });
    }
    this.screen.event(`${joinNames(users)} hold a seat of "${feature}" each.`);
  }

  /** kill -9; resolves to the instant. */
  async kill(server: LicenseServer): Promise<number> {
    const killedMs = performance.now();
    await server.kill();
    this.screen.event(`${server.name} is killed (kill -9).`, killedMs);
    return killedMs;
  }

  /** Every client, or those of one feature, has renewed its seat since; by one server, if it is named. */
  async renewed(sinceMs: number, by?: LicenseServer, feature?: string): Promise<void> {
    const concerned = this.clients.filter(
      (one) => feature === undefined || one.feature === feature,
    );
    await this.until('the clients have renewed their seats', () =>
      concerned.every(({ client }) =>
        by
          ? firstRenewal(client, by, sinceMs) !== undefined
          : client.renewals.some(({ answeredMs }) => answeredMs > sinceMs),
      ),
    );
  }

  noteLost(): void {
    for (const { user, client } of this.clients) {
      if (client.lost !== undefined) this.fail(`${user} lost the seat that waits: ${client.lost}.`);
    }
  }

  showClients(): void {
    this.screen.title('What the clients saw');
    const rows = this.clients.map(({ user, feature, client, leaseId }) => {
      const waits = client.renewals.map(({ askedMs, answeredMs }) => answeredMs - askedMs);
      const kept = client.lost === undefined && client.leaseId === leaseId;
      if (!kept) this.fail(`${user} lost the seat: ${client.lost ?? 'it is another lease'}.`);
      const longest = formatTime(Math.max(...waits)).slice(1);
      return [user, feature, String(client.renewals.length), longest, kept ? 'kept' : 'LOST'];
    });
    this.screen.block(formatTable(['client', 'seat', 'renewals', 'longest wait', 'lease'], rows));
  }

  fail(wrong: string): void {
    this.wrong.push(wrong);
  }

  until(what: string, look: () => Promise<boolean> | boolean): Promise<boolean> {
    return waitFor(what, () => {
      this.#signal.throwIfAborted();
      return look();
    });
  }

  async endClients(): Promise<void> {
    await Promise.allSettled(this.clients.map(({ client }) => client.end()));
  }
}

/** Runs a story with servers of these names, and cleans up; resolves to what did not go as it should. */
export async function runStory(
  { write, signal }: DemoOptions,
  names: readonly string[],
  story: (site: DemoSite) => Promise<void>,
): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'understudy-demo-'));
  const servers = names.map(
    (name) => new LicenseServer({ name, dataDirectory: join(directory, name), built: true }),
  );
  const site = new DemoSite(servers, new Screen(write), signal);
  const killAll = () => Promise.all(servers.map((server) => server.kill()));
  // Whatever waits for a server then fails, and the demonstration with it.
  signal.addEventListener('abort', () => void killAll(), { once: true });
  try {
    await story(site);
    await site.endClients();
    site.showClients();
    for (const wrong of site.wrong) site.screen.text(`WRONG: ${wrong}`);
    return site.wrong;
  } finally {
    await site.endClients();
    await killAll();
    rmSync(directory, { recursive: true, force: true });
  }
}
