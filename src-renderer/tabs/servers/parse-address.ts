import { defaultPort, readServerAddress } from '../../../src-shared/model/host-port.ts';

/** What an admin types for an address as `host:port`: the port may be left out, brackets too. */
export function parseAddress(typed: string): string {
  const text = readServerAddress(typed);
  const colons = text.split(':').length - 1;
  if (colons > 1 && !text.startsWith('[')) return `[${text}]:${defaultPort}`;
  const withPort = text.startsWith('[') ? /\]:\d*$/.test(text) : colons === 1;
  return withPort ? text : `${text}:${defaultPort}`;
}
