import type { Bonjour, Browser } from 'bonjour-service';
import { networkInterfaces } from 'node:os';
import { systemCodeOf } from '../../../files/system-error.ts';
import type { Reason } from '../../../../src-shared/model/reason.ts';
import type { Log } from '../../base/log.ts';
import type {
  AnnouncedServer,
  Announcement,
  Discovery,
  DiscoveryListener,
} from '../../../mdns/discovery.ts';
import { openGuardedSocket } from '../../../mdns/guarded-socket.ts';
import {
  datagramsPerSecondMax,
  onService,
  openBonjour,
  withinTime,
} from '../../../mdns/guarded-bonjour.ts';
import { sendEverywhere } from '../../../mdns/multicast-reach.ts';
import { instanceNameOf, readService, serviceType, txtOf } from '../../../mdns/mdns-service.ts';
import { knownServersMax } from '../link/peer-limits.ts';

export interface MdnsOptions {
  /** IPv4 address or name of the interface; empty: every one. */
  interfaceName: string;
  log: Pick<Log, 'warn' | 'info' | 'debug'>;
  refreshEveryMs?: number;
  /** Others in tests. */
  openSocket?: typeof openGuardedSocket;
  interfaces?: typeof networkInterfaces;
}

const refreshEveryMsDefault = 30_000;

/** While the interface has no address (boot, DHCP, Wi-Fi), it is looked for more often. */
const lookForInterfaceEveryMs = 2_000;

/** Rounds of asking after which a server that was not heard of is lost. */
const roundsKept = 3;

const goodbyeMs = 300;

/**
 * Discovery by mDNS. The library keeps every name that it ever heard and asks once: so its browser is
 * thrown away and made anew with every round, and life is counted here.
 */
export class MdnsDiscovery implements Discovery {
  readonly #options: MdnsOptions;
  readonly #interfaces: typeof networkInterfaces;
  #bonjour: Bonjour | undefined;
  #browser: Browser | undefined;
  #listener: DiscoveryListener | undefined;
  #announced: Announcement | null = null;
  #networks = '';
  /** Address of the interface that an admin named; empty: every interface is used. */
  #address = '';
  #problem: Reason | null = null;
  #timers: NodeJS.Timeout[] = [];
  #round = 0;
  #lastFault = '';
  /** By id, the round in which a server was heard of last. */
  readonly #heard = new Map<string, number>();

  constructor(options: MdnsOptions) {
    this.#options = options;
    this.#interfaces = options.interfaces ?? networkInterfaces;
  }

  start(listener: DiscoveryListener): void {
    this.#listener = listener;
    this.#followInterface();
    const { refreshEveryMs = refreshEveryMsDefault } = this.#options;
    this.#timers = [
      setInterval(() => this.refresh(), refreshEveryMs),
      setInterval(() => this.#followInterface(), lookForInterfaceEveryMs),
    ];
  }

  announce(announcement: Announcement | null): void {
    if (JSON.stringify(announcement) === JSON.stringify(this.#announced)) return;
    this.#announced = announcement;
    this.#republish();
  }

  refresh(): void {
    // A port that was taken may be free, and a socket of an interface that went hears nothing more.
    const isStale = this.#bonjour && this.#describeNetworks() !== this.#networks;
    if (isStale || this.#problem?.code === 'MDNS_PORT_TAKEN') void this.#close();
    this.#followInterface();
    this.#round += 1;
    for (const [id, round] of this.#heard) {
      if (this.#round - round >= roundsKept) this.#lose(id);
    }
    this.#browse();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#listener = undefined;
    await this.#close();
  }

  /** The interface may get its address, another one or none at any time. */
  #followInterface(): void {
    const { interfaceName, log } = this.#options;
    const address = addressOfInterface(interfaceName, this.#interfaces());
    if (this.#bonjour && address === this.#address) return;
    void this.#close();
    if (address !== undefined) {
      if (this.#problem?.code === 'NO_INTERFACE') {
        log.info(`Servers are searched for on the interface ${interfaceName}.`);
        this.#noteProblem(null);
      }
      return this.#open(address);
    }
    if (this.#problem?.code === 'NO_INTERFACE') return;
    const message =
      `Servers are not searched for by mDNS while the interface ${interfaceName} has no IPv4 ` +
      'address. The search begins as soon as it has one; or choose another interface in the settings.';
    log.warn(message);
    this.#noteProblem({ code: 'NO_INTERFACE', message });
  }

  #open(address: string): void {
    const onFault = (error: unknown) => this.#noteFault(error);
    const { openSocket = openGuardedSocket } = this.#options;
    const socket = openSocket({ datagramsPerSecondMax, onFault });
    if (address === '') sendEverywhere(socket, this.#interfaces);
    socket.once('listening', () => this.#notePortOpen());
    this.#address = address;
    this.#networks = this.#describeNetworks();
    this.#bonjour = openBonjour(socket, address, onFault);
    this.#publish();
    this.#browse();
  }

  async #close(): Promise<void> {
    const bonjour = this.#bonjour;
    this.#bonjour = undefined;
    this.#browser?.stop();
    this.#browser = undefined;
    if (!bonjour) return;
    await withinTime(goodbyeMs, (done) => bonjour.unpublishAll(done));
    await withinTime(goodbyeMs, (done) => bonjour.destroy(done));
  }

  #browse(): void {
    const bonjour = this.#bonjour;
    if (!bonjour) return;
    this.#browser?.stop();
    this.#browser?.removeAllListeners();
    let heard = 0;
    const browser = bonjour.find({ type: serviceType });
    onService(browser, (service) => {
      // A flood of names: what is known is kept, and the rest waits for the next round.
      if (++heard > knownServersMax) return browser.stop();
      this.#note(service);
    });
    browser.on('down', (service: unknown) => {
      const found = readService(service);
      if (found && this.#heard.has(found.id)) this.#lose(found.id);
    });
    this.#browser = browser;
  }

  #note(service: unknown): void {
    const found = readService(service);
    if (!found || this.#isOwn(found)) return;
    if (!this.#heard.has(found.id) && this.#heard.size >= knownServersMax) return;
    this.#heard.set(found.id, this.#round);
    this.#listener?.onFound(found);
  }

  /** What this server said itself; a copy of it is of another start. */
  #isOwn({ id, boot }: AnnouncedServer): boolean {
    const own = this.#announced;
    return id === own?.id && (boot === undefined || boot === own.boot);
  }

  #lose(id: string): void {
    this.#heard.delete(id);
    this.#listener?.onLost(id);
  }

  #republish(): void {
    // The library takes the records of all services of a host back at once; there is only this one.
    this.#bonjour?.unpublishAll(() => this.#publish());
  }

  #publish(): void {
    const announced = this.#announced;
    if (!announced || !this.#bonjour) return;
    const name = instanceNameOf(announced);
    this.#bonjour.publish({
      name,
      type: serviceType,
      port: announced.port,
      host: `${name}.local`,
      txt: txtOf(announced),
      probe: false,
      disableIPv6: true,
    });
  }

  #noteFault(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text === this.#lastFault) return;
    this.#lastFault = text;
    if (systemCodeOf(error) !== 'EADDRINUSE') return this.#options.log.debug(`mDNS: ${text}`);
    const message =
      'Servers cannot be found by mDNS: another program has UDP port 5353 for itself. Name the ' +
      'other servers by their addresses (fixed peers) instead.';
    this.#options.log.warn(message);
    this.#noteProblem({ code: 'MDNS_PORT_TAKEN', message });
  }

  #notePortOpen(): void {
    if (this.#problem?.code !== 'MDNS_PORT_TAKEN') return;
    this.#options.log.info('UDP port 5353 is free: servers are searched for.');
    this.#lastFault = '';
    this.#noteProblem(null);
  }

  #noteProblem(problem: Reason | null): void {
    this.#problem = problem;
    this.#listener?.onProblem(problem);
  }

  #describeNetworks(): string {
    return JSON.stringify(
      Object.entries(this.#interfaces()).map(([name, list]) => [
        name,
        list?.map(({ address }) => address),
      ]),
    );
  }
}

/** The IPv4 address of an interface given by name or address; empty: any. Undefined: none such. */
function addressOfInterface(
  wanted: string,
  interfaces: ReturnType<typeof networkInterfaces>,
): string | undefined {
  if (wanted === '') return '';
  for (const [name, list] of Object.entries(interfaces)) {
    for (const { address, family } of list ?? []) {
      if (family === 'IPv4' && (name === wanted || address === wanted)) return address;
    }
  }
  return undefined;
}
