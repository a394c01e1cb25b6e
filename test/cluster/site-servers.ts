import { expect, onTestFinished } from 'vitest';
import { LicenseServer } from '../support/license-server.ts';
import { makeNetwork, type NetworkHost, whyNoNetwork } from '../support/network.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Why there are no hosts to test on; null when there are. */
export const missingNetwork = whyNoNetwork();

/** A server in a network namespace of its own. */
export interface SiteServer extends LicenseServer {
  readonly network: NetworkHost;
  /** `host:port`. */
  readonly address: string;
}

export interface SiteServers {
  /** All that keep licences, in preference order: main and backup first. */
  members: readonly SiteServer[];
  main: SiteServer;
  backup: SiteServer;
  /** One more, if it was asked for. */
  witness: SiteServer | undefined;
}

export interface SiteServersOptions {
  /** Names of those that keep licences; Main and Backup by default. */
  names?: readonly string[];
  witness?: boolean;
  /** Data directories of main and backup. */
  directories?: string[];
  /** Called with the hosts before a server starts; resolves to the `--peer` options of each. */
  prepare?: (networks: NetworkHost[]) => Promise<string[]>;
}

const port = 7470;

/** Starts the servers; none knows of another one but by mDNS. */
export async function startSiteServers(options: SiteServersOptions): Promise<SiteServers> {
  const keeping = options.names ?? ['Main', 'Backup'];
  const names = options.witness ? [...keeping, 'Witness'] : keeping;
  const networks = makeNetwork(names.length);
  const peers = (await options.prepare?.(networks)) ?? [];
  const servers = networks.map((network, index) => {
    const peer = peers[index];
    const server = new LicenseServer({
      name: names[index] ?? '',
      dataDirectory: options.directories?.[index] ?? makeTemporaryDirectory(),
      listen: { host: '0.0.0.0', port },
      mdns: true,
      under: network.under,
      moreArgs: peer === undefined ? [] : ['--peer', peer],
    });
    onTestFinished(async () => {
      await server.kill();
      expect(droppedAt(server), `${server.name} drops what honest servers say`).toEqual([]);
    });
    return Object.assign(server, { network, address: `${network.address}:${port}` });
  });
  await Promise.all(servers.map((server) => server.start()));
  const members = servers.slice(0, keeping.length);
  const [main, backup] = members;
  const witness = servers[keeping.length];
  if (!main || !backup) throw new Error('a site has two servers');
  for (const server of servers) {
    await server.call('settings.set', { requestsPerSecondMax: 1_000_000 });
  }
  return { members, main, backup, witness };
}

/**
 * Excused: who is taken out hears of it a moment later, and speaks as a member until then.
 */
const mayBeDropped = 'it takes no part in this ledger';

/** What a server did not take of what the others said, or could not work on, by its log. */
function droppedAt({ stderr }: LicenseServer): string[] {
  const lines = stderr.split('\n').filter((line) => faultLines.some((fault) => fault.test(line)));
  return lines.filter((line) => !line.includes(mayBeDropped));
}

const faultLines = [/ sent is dropped: /, / is of no use: /, /The event \w+ of ledger \S+ failed/];
