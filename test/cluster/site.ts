import { expect, onTestFinished } from 'vitest';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { makeNetwork, type NetworkHost, whyNoNetwork } from '../support/network.ts';
import { isInSync, makeBackup, serves } from '../support/pair.ts';
import { SeatHolder } from '../support/seat-holder.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { LeaseAccount } from './lease-account.ts';
import { Load } from './load.ts';
import { RoamingConnection } from './roaming-connection.ts';
import { ServingAccount } from './serving-account.ts';

/** Why there are no hosts to test on; null when there are. */
export const missingNetwork = whyNoNetwork();
if (missingNetwork !== null) {
  console.warn(`SKIPPED: servers that protect each other on a network (${missingNetwork}).`);
}

/** Settings that make a test short, with room for two busy cores. */
const quickSettings = {
  heartbeatMs: 100,
  takeoverAfterMs: 1_500,
  syncTimeoutMs: 1_000,
  reclaimAfterMs: 300,
  reclaimHoldDownMaxMs: 0,
  coldStartWaitMs: 5_000,
} satisfies Partial<RelationshipSettings>;

/** Units of the licence "load", which the clients of the load use up now and then. */
export const loadUnits = 60;

/** Units of the licence "seat", one of which each application holds. */
const seatUnits = 12;
const applications = 4;

export interface SiteServer extends LicenseServer {
  readonly network: NetworkHost;
}

export interface SiteOptions {
  settings?: Partial<RelationshipSettings>;
  mutual?: boolean;
  /** With a third server that is the witness: policy `strict`. */
  witness?: boolean;
  /** Data directories of main, backup and witness. */
  directories?: string[];
}

/**
 * Servers in network namespaces that protect each other, with applications that hold a seat each and
 * a load of other clients. What all of them are told is compared with what must always hold.
 */
export interface Site {
  main: SiteServer;
  backup: SiteServer;
  witness: SiteServer | undefined;
  servers: SiteServer[];
  account: LeaseAccount;
  serving: ServingAccount;
  applications: SeatHolder[];
  /** Lets clients act until `stopLoad`; resolves when they are well under way. */
  startLoad(): Promise<void>;
  stopLoad(): Promise<void>;
  /** A client of the load that asks these servers, in this order. */
  connect(...servers: SiteServer[]): RoamingConnection;
  /** Resolves when main serves, everybody is in sync, and every application was renewed since. */
  settled(): Promise<void>;
  /** Resolves to milliseconds from an instant to the first answer of a server that was asked since. */
  firstAnswer(server: SiteServer, afterMs: number): Promise<number>;
  /** Requests of the load that no server answered, or with 503, from now on. */
  countFailures(): () => string[];
  /** Compares what clients were told with what the server that serves has; ends the test. */
  verify(): Promise<void>;
}

export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const names = options.witness ? ['Main', 'Backup', 'Witness'] : ['Main', 'Backup'];
  const networks = makeNetwork(names.length);
  const servers = networks.map((network, index) => makeServer(network, names, index, options));
  const [main, backup, witness] = servers;
  if (!main || !backup) throw new Error('a site has two servers');
  await Promise.all(servers.map((server) => server.start()));
  await main.install(
    await makeVendor(),
    { id: 'load', feature: 'load', units: loadUnits, ttlSeconds: 86_400, redundancy: 'backup' },
    { id: 'seat', feature: 'seat', units: seatUnits, ttlSeconds: 5, redundancy: 'backup' },
  );
  for (const server of servers) {
    await server.call('settings.set', { requestsPerSecondMax: 1_000_000 });
  }
  const { mutual = false, settings } = options;
  await makeBackup({
    main,
    backup,
    mutual,
    ...(witness && { witness }),
    settings: { ...quickSettings, ...settings },
  });
  return runClients(main, backup, witness);
}

function makeServer(
  network: NetworkHost,
  names: string[],
  index: number,
  { directories }: SiteOptions,
): SiteServer {
  const server = new LicenseServer({
    name: names[index] ?? '',
    dataDirectory: directories?.[index] ?? makeTemporaryDirectory(),
    listen: { host: '0.0.0.0', port: 7470 },
    mdns: true,
    under: network.under,
  });
  onTestFinished(() => server.kill());
  return Object.assign(server, { network });
}

async function runClients(
  main: SiteServer,
  backup: SiteServer,
  witness: SiteServer | undefined,
): Promise<Site> {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new SeededRandom(seed);
  const account = new LeaseAccount(loadUnits);
  const serving = new ServingAccount();
  const load = new Load({ account, random, connections: 3, paceMs: 5, feature: 'load' });
  const holders = await checkOutSeats([main, backup], serving);
  let stop = new AbortController();
  let running = Promise.resolve();
  const failures: string[] = [];
  onTestFinished(() => stop.abort());
  const connect = (...servers: SiteServer[]) =>
    new RoamingConnection({
      targets: servers.map(({ network, port }) => ({ host: network.address, port })),
      serving,
      signal: stop.signal,
      onFailure: (failure) => failures.push(failure),
    });
  const site: Site = {
    main,
    backup,
    witness,
    servers: witness ? [main, backup, witness] : [main, backup],
    account,
    serving,
    applications: holders,
    connect,
    startLoad: async () => {
      stop = new AbortController();
      running = load.run(() => connect(main, backup));
      const before = account.returnedCount;
      await waitFor('the load is under way', () => account.returnedCount > before + 5);
    },
    stopLoad: async () => {
      stop.abort();
      await running;
    },
    settled: () => settle(site),
    firstAnswer: async (server, afterMs) => {
      const what = `${server.name} answers a client`;
      return (await waitFor(what, () => serving.firstAnswer(server.id, afterMs))) - afterMs;
    },
    countFailures: () => {
      const before = failures.length;
      return () => failures.slice(before);
    },
    verify: () => verify(site, seed),
  };
  return site;
}

async function checkOutSeats(
  servers: SiteServer[],
  serving: ServingAccount,
): Promise<SeatHolder[]> {
  const holders = Array.from(
    { length: applications },
    (_, number) =>
      new SeatHolder({
        instance: `application-${number}`,
        feature: 'seat',
        servers: servers.map(({ network, port }) => `${network.address}:${port}`),
        onAnswer: (body, sentMs) => serving.note({ body: parse(body) }, sentMs),
      }),
  );
  onTestFinished(() => {
    for (const holder of holders) holder.close();
  });
  await Promise.all(holders.map((holder) => holder.checkOut()));
  return holders;
}

function parse(body: string): unknown {
  return body === '' ? undefined : JSON.parse(body);
}

async function settle({ main, applications: holders }: Site): Promise<void> {
  await waitFor('Main serves', () => serves(main, main));
  await waitFor('everybody is in sync', () => isInSync(main));
  const sinceMs = performance.now();
  await waitFor('every application is renewed by Main', () =>
    holders.every((holder) => holder.renewedBy(sinceMs) === main.id),
  );
}

async function verify(site: Site, seed: number): Promise<void> {
  const { main, backup, account, serving, applications: holders } = site;
  await site.stopLoad();
  await site.settled();
  const leases = await main.leases('load');
  account.compare(leases, await main.usage());
  const troubles = holders.flatMap((holder) => holder.troubles);
  const { violations } = account;
  expect({ seed, violations, serving: serving.violations, troubles }).toEqual({
    seed,
    violations: [],
    serving: [],
    troubles: [],
  });
  const seats = await main.leases('seat');
  expect(seats.map(({ id }) => id).sort()).toEqual(holders.map(({ leaseId }) => leaseId).sort());
  const idsAtBackup = async () => (await backup.leases('load')).map(({ id }) => id).sort();
  await expect.poll(idsAtBackup, { timeout: 10_000 }).toEqual(leases.map(({ id }) => id).sort());
}
