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

/** Takes `HOST:PORT` apart; the host loses its brackets. Undefined for any other text. */
export function parseHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]\s]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}
