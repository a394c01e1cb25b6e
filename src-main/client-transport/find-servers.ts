import type { FoundServer } from '../../src-shared/client/client-ports.ts';
import { MdnsDiscovery } from '../node/peers/discovery/mdns-discovery.ts';

/** How long the network is asked for servers, in ms. */
const searchMs = 1_500;

/** After the first was heard, so long for the others, in ms: all answer one question. */
const othersMs = 300;

const silent = { warn: () => undefined, info: () => undefined, debug: () => undefined };

/** Servers that say by mDNS that they are there, in the order of their names; none after 1.5 s. */
export async function findServers(): Promise<FoundServer[]> {
  const found = new Map<string, { name: string; addresses: string[] }>();
  const discovery = new MdnsDiscovery({ interfaceName: '', log: silent });
  await new Promise<void>((resolve) => {
    let timer = setTimeout(resolve, searchMs);
    discovery.start({
      onFound: ({ id, name, addresses }) => {
        if (found.size === 0) {
          clearTimeout(timer);
          timer = setTimeout(resolve, othersMs);
        }
        found.set(id, { name, addresses });
      },
      onLost: (id) => found.delete(id),
      onProblem: () => undefined,
    });
  });
  await discovery.stop();
  return [...found]
    .sort(([, a], [, b]) => (a.name < b.name ? -1 : 1))
    .flatMap(([id, { addresses }]) => addresses.slice(0, 1).map((target) => ({ id, target })));
}
