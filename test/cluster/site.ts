import { expect, onTestFinished } from 'vitest';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, makeRelationship, quickSettings } from '../support/pair.ts';
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
  /** Of a triad or a pool: servers that are paired with all others, and no members yet. */
  spares?: readonly string[];
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
  members: readonly SiteServer[];
  /** The first of them in the beginning. */
  readonly main: SiteServer;
  readonly backup: SiteServer;
  /** All that clients may ask, members or not. */
  readonly servers: readonly SiteServer[];
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
  readonly #stop = new AbortController();
  #current = { isOver: false };
  #running = Promise.resolve();

  constructor({ members, main, backup, witness }: SiteServers, spares: readonly SiteServer[] = []) {
    this.members = members;
    this.servers = [...members, ...spares];
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
   * of one of the lists; all of them ask every server by default.
   */
  async startLoad(...lists: (readonly SiteServer[])[]): Promise<void> {
    const load = (this.#current = { isOver: false });
    const targets = lists.length > 0 ? lists : [this.servers];
    let count = 0;
    const connect = () => this.#connect(targets[count++ % targets.length] ?? []);
    this.#running = this.#load.run(connect, () => load.isOver);
    const before = this.account.returnedCount;
    await waitFor('the load is under way', () => {
      expect(this.account.violations).toEqual([]);
      return this.account.returnedCount > before + 5;
    });
  }

  /** Ends the load when every request has its answer: of one without, nobody knows whether it was granted. */
  async stopLoad(): Promise<void> {
    this.#current.isOver = true;
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

  /** Resolves when the first serves, everybody is in sync, and every application was renewed since. */
  async settled(): Promise<void> {
    const first = this.#first;
    await waitFor('the first in preference serves', async () => {
      // Where two protect each other, the licences of the other one are not its own.
      const own = (await first.sharedLedgers()).filter(({ members }) => members[0] === first.id);
      return own.length > 0 && own.every(({ active }) => active === first.id);
    });
    await waitFor('everybody is in sync', () => isInSync(first));
    await this.allRenewedBy(first, performance.now());
  }

  /** Ends the load and compares what clients were told with what the servers have then. */
  async verify(): Promise<void> {
    const { members, account, serving, applications } = this;
    const first = this.#first;
    await this.stopLoad();
    await this.settled();
    // History of a spell that another server led comes after its rows.
    await expect
      .poll(async () => account.uncounted(await first.usage()), { timeout: 15_000 })
      .toEqual([]);
    const leases = await first.leases('load');
    account.compare(leases, await first.usage());
    const told = {
      violations: account.violations,
      serving: serving.violations,
      troubles: applications.flatMap((holder) => holder.troubles),
    };
    const nothing = { violations: [], serving: [], troubles: [] };
    expect({ seed: this.#seed, ...told }).toEqual({ seed: this.#seed, ...nothing });
    const seats = await first.leases('seat');
    expect(idsOf(seats)).toEqual(applications.map(({ leaseId }) => leaseId).sort());
    for (const member of members.slice(1)) {
      const there = async () => idsOf(await member.leases('load'));
      await expect.poll(there, { timeout: 10_000 }).toEqual(idsOf(leases));
    }
  }

  get #first(): SiteServer {
    const [first] = this.members;
    if (!first) throw new Error('a site has servers');
    return first;
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
  const names = ['Alpha', 'Beta', 'Gamma', ...(options.spares ?? [])];
  const servers = await startSiteServers({ ...options, names });
  const members = servers.members.slice(0, 3);
  const [primary, secondary, tertiary] = members as [SiteServer, SiteServer, SiteServer];
  await installFor('triad', primary, options);
  const plan = {
    kind: 'triad',
    primary: primary.id,
    secondary: secondary.id,
    tertiary: tertiary.id,
  } as const;
  const settings = { ...quickSettings, ...options.settings };
  await makeRelationship(servers.members, plan, settings);
  return openSite({ ...servers, members }, servers.members.slice(3));
}

/** A site with a pool of five: "load" needs a majority of them, "seat" any survivor. */
export async function startPoolSite(options: SiteOptions = {}): Promise<Site> {
  const { spares = [] } = options;
  const names = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon', ...spares];
  const servers = await startSiteServers({ ...options, names });
  const members = servers.members.slice(0, names.length - spares.length);
  const settings = { ...quickSettings, ...options.settings };
  const plan = { kind: 'pool', name: 'floor-1', servers: members.map(({ id }) => id) } as const;
  await makeRelationship(servers.members, plan, settings);
  await installFor('pool', servers.main, options);
  return openSite({ ...servers, members }, servers.members.slice(members.length));
}

async function installFor(
  redundancy: 'backup' | 'triad' | 'pool',
  main: SiteServer,
  { seatTtlSeconds = 5 }: SiteOptions,
): Promise<void> {
  await main.install(
    await makeVendor(),
    {
      ...{ id: 'load', feature: 'load', units: loadUnits, ttlSeconds: 86_400, redundancy },
      majorityRule: redundancy === 'pool',
    },
    { id: 'seat', feature: 'seat', units: seatUnits, ttlSeconds: seatTtlSeconds, redundancy },
  );
}

async function openSite(servers: SiteServers, spares: readonly SiteServer[] = []): Promise<Site> {
  const site = new Site(servers, spares);
  for (let i = 0; i < applicationCount; i++) await site.addApplication(site.servers);
  return site;
}

function parse(body: string): unknown {
  return body === '' ? undefined : JSON.parse(body);
}

function idsOf(leases: readonly { id: string }[]): string[] {
  return leases.map(({ id }) => id).sort();
}
