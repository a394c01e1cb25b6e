import { expect, onTestFinished } from 'vitest';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, makeRelationship, quickSettings, serves } from '../support/pair.ts';
import { SeatHolder } from '../support/seat-holder.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { waitFor } from '../support/wait-for.ts';
import { LeaseAccount } from './lease-account.ts';
import { Load } from './load.ts';
import { RoamingConnection } from './roaming-connection.ts';
import { ServingAccount } from './serving-account.ts';
import {
  type SiteServer,
  type SiteServers,
  type SiteServersOptions,
  startSiteServers,
} from './site-servers.ts';

/** Units of the licence "load", which the clients of the load use up now and then. */
export const loadUnits = 60;

/** Units of the licence "seat", one of which each application holds. */
export const seatUnits = 12;

const applicationCount = 4;

export interface SiteOptions extends SiteServersOptions {
  settings?: Partial<RelationshipSettings>;
  mutual?: boolean;
  /** Life of a seat of an application, which renews it three times as often; 5 s by default. */
  seatTtlSeconds?: number;
  /** Where the backup reaches the main server to be paired; as the main server says by default. */
  pairAt?: () => string;
}

/**
 * Servers in network namespaces that protect each other, with applications that hold a seat each and
 * a load of other clients. What all of them are told is compared with what must always hold.
 */
export class Site {
  /** All that keep licences, in preference order. */
  readonly members: readonly SiteServer[];
  readonly main: SiteServer;
  readonly backup: SiteServer;
  readonly witness: SiteServer | undefined;
  readonly applications: SeatHolder[] = [];
  readonly serving = new ServingAccount();
  readonly account = new LeaseAccount(loadUnits);
  /** Requests of the load that no server answered, or with 503. */
  readonly failures: string[] = [];
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  readonly #load = new Load({
    account: this.account,
    random: new SeededRandom(this.#seed),
    connections: 3,
    paceMs: 5,
    feature: 'load',
  });
  #stop = new AbortController();
  #running = Promise.resolve();

  constructor({ members, main, backup, witness }: SiteServers) {
    this.members = members;
    this.main = main;
    this.backup = backup;
    this.witness = witness;
    onTestFinished(() => {
      this.#stop.abort();
      for (const application of this.applications) application.close();
    });
  }

  /** Starts an application that finds its seat at these servers; it has it when this resolves. */
  async addApplication(servers: readonly SiteServer[], feature = 'seat'): Promise<SeatHolder> {
    const holder = new SeatHolder({
      instance: `application-${this.applications.length}`,
      feature,
      servers: servers.map(({ address }) => address),
      onAnswer: (body, sentMs) => this.serving.note({ body: parse(body) }, sentMs),
    });
    this.applications.push(holder);
    await holder.checkOut();
    return holder;
  }

  /**
   * Lets clients act until `stopLoad`; resolves when they are well under way. Each asks all the servers
   * of one of the lists; all of them ask all members by default.
   */
  async startLoad(...lists: (readonly SiteServer[])[]): Promise<void> {
    this.#stop = new AbortController();
    const targets = lists.length > 0 ? lists : [this.members];
    let count = 0;
    const connect = () => this.#connect(targets[count++ % targets.length] ?? []);
    this.#running = this.#load.run(connect);
    const before = this.account.returnedCount;
    await waitFor('the load is under way', () => {
      expect(this.account.violations).toEqual([]);
      return this.account.returnedCount > before + 5;
    });
  }

  async stopLoad(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Resolves to milliseconds from an instant to the first answer of a server that was asked since. */
  async firstAnswer(server: SiteServer, afterMs: number): Promise<number> {
    const what = `${server.name} answers a client`;
    return (await waitFor(what, () => this.serving.firstAnswer(server.id, afterMs))) - afterMs;
  }

  /** Resolves when every application was renewed by a server since an instant. */
  async allRenewedBy(server: SiteServer, afterMs: number): Promise<void> {
    await waitFor(`every application is renewed by ${server.name}`, () =>
      this.applications.every((holder) => holder.renewedBy(afterMs) === server.id),
    );
  }

  /** Resolves when main serves, everybody is in sync, and every application was renewed since. */
  async settled(): Promise<void> {
    const { main } = this;
    await waitFor('Main serves', () => serves(main, main));
    await waitFor('everybody is in sync', () => isInSync(main));
    await this.allRenewedBy(main, performance.now());
  }

  /** Ends the load and compares what clients were told with what the servers have then. */
  async verify(): Promise<void> {
    const { main, members, account, serving, applications } = this;
    await this.stopLoad();
    await this.settled();
    // History of a spell that another server led comes after its rows.
    await expect
      .poll(async () => account.uncounted(await main.usage()), { timeout: 15_000 })
      .toEqual([]);
    const leases = await main.leases('load');
    account.compare(leases, await main.usage());
    const told = {
      violations: account.violations,
      serving: serving.violations,
      troubles: applications.flatMap((holder) => holder.troubles),
    };
    const nothing = { violations: [], serving: [], troubles: [] };
    expect({ seed: this.#seed, ...told }).toEqual({ seed: this.#seed, ...nothing });
    const seats = await main.leases('seat');
    expect(idsOf(seats)).toEqual(applications.map(({ leaseId }) => leaseId).sort());
    for (const member of members.slice(1)) {
      const there = async () => idsOf(await member.leases('load'));
      await expect.poll(there, { timeout: 10_000 }).toEqual(idsOf(leases));
    }
  }

  #connect(servers: readonly SiteServer[]): RoamingConnection {
    return new RoamingConnection({
      targets: servers.map(({ network, port }) => ({ host: network.address, port })),
      serving: this.serving,
      signal: this.#stop.signal,
      onFailure: (failure) => this.failures.push(failure),
    });
  }
}

/** A site with a backup that is in sync, and applications that hold their seats. */
export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const servers = await startSiteServers(options);
  const { main, backup, witness } = servers;
  const { mutual = false, settings, pairAt } = options;
  await installFor('backup', main, options);
  await makeBackup({
    main,
    backup,
    mutual,
    ...(witness && { witness }),
    ...(pairAt && { pairAt: pairAt() }),
    settings: { ...quickSettings, ...settings },
  });
  return openSite(servers);
}

/** A site with a triad that is in sync, and applications that hold their seats. */
export async function startTriadSite(options: SiteOptions = {}): Promise<Site> {
  const names = ['Alpha', 'Beta', 'Gamma'];
  const servers = await startSiteServers({ ...options, names });
  const [primary, secondary, tertiary] = servers.members as [SiteServer, SiteServer, SiteServer];
  await installFor('triad', primary, options);
  const plan = {
    kind: 'triad',
    primary: primary.id,
    secondary: secondary.id,
    tertiary: tertiary.id,
  } as const;
  const settings = { ...quickSettings, ...options.settings };
  await makeRelationship(servers.members, plan, settings);
  return openSite(servers);
}

async function installFor(
  redundancy: 'backup' | 'triad',
  main: SiteServer,
  { seatTtlSeconds = 5 }: SiteOptions,
): Promise<void> {
  await main.install(
    await makeVendor(),
    { id: 'load', feature: 'load', units: loadUnits, ttlSeconds: 86_400, redundancy },
    { id: 'seat', feature: 'seat', units: seatUnits, ttlSeconds: seatTtlSeconds, redundancy },
  );
}

async function openSite(servers: SiteServers): Promise<Site> {
  const site = new Site(servers);
  for (let i = 0; i < applicationCount; i++) await site.addApplication(servers.members);
  return site;
}

function parse(body: string): unknown {
  return body === '' ? undefined : JSON.parse(body);
}

function idsOf(leases: readonly { id: string }[]): string[] {
  return leases.map(({ id }) => id).sort();
}
