export const defaultPort = 7470;

/**
 * What people write for the address of a server as `HOST:PORT`: that, `https://HOST:PORT/…`, or
 * `PORT@HOST` as other licence managers have it. Where the port is left out in one of the last two, it
 * is the usual one. Any other text stays as it is.
 */
export function readServerAddress(typed: string): string {
  const text = typed.trim();
  const url = /^https:\/\/([^\s/?#@]+)(?:[/?#]\S*)?$/i.exec(text)?.[1];
  if (url !== undefined) return /:\d+$/.test(url) ? url : `${url}:${defaultPort}`;
  const [, port, host] = /^(\d*)@([^\s@]+)$/.exec(text) ?? [];
  if (port === undefined || host === undefined) return text;
  const isBareIpv6 = host.includes(':') && !host.startsWith('[');
  return `${isBareIpv6 ? `[${host}]` : host}:${port === '' ? defaultPort : port}`;
}

/** Takes `HOST:PORT` apart; the host loses its brackets. Undefined for any other text. */
export function parseHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]\s]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}
