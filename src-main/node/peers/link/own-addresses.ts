import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { hostPortSchema } from '../../../../src-shared/model/scalars.ts';
import type { ListenStatus } from '../../base/listen-status.ts';
import { formatHostPort, isEveryAddress, reachableHost } from '../../base/host-address.ts';
import { ownAddressesMax } from './link-message.ts';

/** `host:port` at which other servers may reach this one, the most likely first. */
export function ownAddresses({ host, port, open }: ListenStatus): string[] {
  if (!open) return [];
  if (!isEveryAddress(host)) return [formatHostPort(host, port)];
  const outward = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address)
    .sort((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)));
  const hosts = outward.length > 0 ? outward : [reachableHost(host)];
  return hosts.slice(0, ownAddressesMax).map((name) => formatHostPort(name, port));
}

/**
 * `host:port` at which clients may reach this server: what an admin has set, else all addresses of this
 * host and its name.
 */
export function clientAddresses(listen: ListenStatus, set: readonly string[]): string[] {
  if (listen.open && set.length > 0) return [...set];
  const own = ownAddresses(listen);
  if (!listen.open || !isEveryAddress(listen.host)) return own;
  const named = formatHostPort(reachableHost(listen.host), listen.port);
  if (own.includes(named) || !hostPortSchema.safeParse(named).success) return own;
  return [...own.slice(0, ownAddressesMax - 1), named];
}

/** Whether others can reach a server that listens there; if not, there is nothing to announce. */
export function isOutward(host: string): boolean {
  return host !== 'localhost' && host !== '::1' && !host.startsWith('127.');
}
