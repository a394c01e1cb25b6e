import { BlockList, isIP, isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** An address of this host, and the network that it is in. */
interface OwnNetwork {
  address: string;
  holds: (host: string) => boolean;
}

/** What `os.networkInterfaces` gives. */
export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * Orders the `host:port` addresses of a server by how likely a client can reach them that has reached
 * this server at the address `cameBy` of this host (empty: not known). Names and addresses that are
 * routed keep their order; those in a network of this host by which the client did not come are last,
 * for that network may be one between servers only.
 */
export function orderForClient(
  addresses: readonly string[],
  cameBy: string,
  interfaces: Interfaces,
): string[] {
  if (cameBy === '' || addresses.length < 2) return [...addresses];
  const networks = networksOf(interfaces);
  const isLocal = isLoopback(cameBy);
  const rank = (address: string): number => {
    const host = hostOf(address);
    const kind = isIP(host);
    if (host === cameBy) return 0;
    if (kind === 0) return 2;
    const holding = networks.filter(({ holds }) => holds(host));
    if (holding.some((network) => isLocal || network.address === cameBy)) return 1;
    if (holding.length > 0) return 4;
    return kind === isIP(cameBy) ? 2 : 3;
  };
  // The sort is stable: what an admin or the other server has put first stays so within a rank.
  return [...addresses].sort((a, b) => rank(a) - rank(b));
}

function networksOf(interfaces: Interfaces): OwnNetwork[] {
  return Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .flatMap(({ address, cidr, family }) => {
      const prefix = Number(cidr?.split('/')[1]);
      if (!Number.isInteger(prefix)) return [];
      const kind = family === 'IPv4' ? 'ipv4' : 'ipv6';
      const network = new BlockList();
      network.addSubnet(address, prefix, kind);
      const holds = (host: string) => isIP(host) !== 0 && network.check(host, kindOf(host));
      return [{ address, holds }];
    });
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

function kindOf(host: string): 'ipv4' | 'ipv6' {
  return isIPv4(host) ? 'ipv4' : 'ipv6';
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
