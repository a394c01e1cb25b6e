import { describeNoServers } from './client-config.ts';
import type { ExchangeContext } from './exchange.ts';

/** Where no server is named: looks on the network, if that is wanted. A sentence: there is none to ask. */
export async function lookForServers({
  config,
  ports,
  directory,
}: ExchangeContext): Promise<string | null> {
  if (!directory.isEmpty) return null;
  const { discover, fingerprints } = config;
  if (!discover || !ports.findServers) return describeNoServers(false);
  const found = await ports.findServers();
  const accepted = found.filter(({ id }) => fingerprints.length === 0 || fingerprints.includes(id));
  directory.addFound(accepted.map(({ target }) => target));
  return directory.isEmpty ? describeNoServers(true) : null;
}
