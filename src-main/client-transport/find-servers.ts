import { networkInterfaces } from 'node:os';
import type { FoundServer } from '../../src-shared/client/client-ports.ts';
import { openGuardedSocket } from '../mdns/guarded-socket.ts';
import {
  datagramsPerSecondMax,
  onService,
  openBonjour,
  withinTime,
} from '../mdns/guarded-bonjour.ts';
import { readService, serviceType } from '../mdns/mdns-service.ts';
import { sendEverywhere } from '../mdns/multicast-reach.ts';

/** How long the network is asked for servers, in ms. */
const searchMs = 1_500;

/** After the first was heard, so long for the others, in ms: all answer one question. */
const othersMs = 300;

/** Servers that are taken note of: a flood of names is none. */
const foundMax = 64;

const endMs = 200;

/** Servers that say by mDNS that they are there, in the order of their names; none where nothing is heard. */
export async function findServers(): Promise<FoundServer[]> {
  const found = new Map<string, { name: string; target: string }>();
  await search((service, heard) => {
    const server = readService(service);
    const [target] = server?.addresses ?? [];
    if (!server || target === undefined || found.size >= foundMax) return;
    found.set(server.id, { name: server.name, target });
    heard();
  });
  return [...found]
    .sort(([, a], [, b]) => (a.name < b.name ? -1 : 1))
    .map(([id, { target }]) => ({ id, target }));
}

/** Resolves when the time is over; nothing of it is left then. A port that is taken finds nothing. */
function search(note: (service: unknown, heard: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const onFault = () => undefined;
    const socket = openGuardedSocket({ datagramsPerSecondMax, onFault });
    sendEverywhere(socket, networkInterfaces);
    const bonjour = openBonjour(socket, '', onFault);
    const end = () => {
      browser.stop();
      void withinTime(endMs, (done) => bonjour.destroy(done)).then(resolve);
    };
    let timer = setTimeout(end, searchMs);
    let isHeard = false;
    const heard = () => {
      if (isHeard) return;
      isHeard = true;
      clearTimeout(timer);
      timer = setTimeout(end, othersMs);
    };
    const browser = bonjour.find({ type: serviceType });
    onService(browser, (service) => note(service, heard));
  });
}
