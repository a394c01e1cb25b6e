import { normalizeIP } from '@fastify/rate-limit';
import { isIPv4 } from 'node:net';
import { hostname } from 'node:os';

const everyAddress = new Set(['0.0.0.0', '::', '[::]']);

/** Whether a server that listens on `host` listens on all addresses. */
export function isEveryAddress(host: string): boolean {
  return everyAddress.has(host);
}

/** A host that others can connect to, for a server that listens on `host`. */
export function reachableHost(host: string): string {
  return isEveryAddress(host) ? hostname() : host;
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatHostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The local address of a connection, an IPv4 one in its usual spelling; empty: not known. */
export function localAddressOf({ localAddress }: { localAddress?: string | undefined }): string {
  const address = localAddress ?? '';
  const mapped = address.replace(/^::ffff:/i, '');
  return isIPv4(mapped) ? mapped : address;
}

/** What limits count an address as: itself, or the /64 that an IPv6 address is one of many in. */
export function sourceOf(address: string | undefined): string {
  return normalizeIP(address ?? '');
}
