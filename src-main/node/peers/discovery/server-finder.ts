import type { NodeSettings } from '../../../../src-shared/model/node-settings.ts';
import type { Reason } from '../../../../src-shared/model/reason.ts';
import type { ListenStatus } from '../../base/listen-status.ts';
import type { Log } from '../../base/log.ts';
import { isOutward } from '../link/own-addresses.ts';
import type { PeerTimings } from '../link/peer-limits.ts';
import type { Discovery } from '../../../mdns/discovery.ts';
import { type FoundServer, FoundServers, type OwnKeySeen } from './found-servers.ts';

export interface ServerFinderOptions {
  ownId: string;
  version: string;
  settings: () => Pick<NodeSettings, 'name' | 'mdns' | 'mdnsInterface' | 'fixedPeers'>;
  listen: () => ListenStatus;
  makeDiscovery: (interfaceName: string) => Discovery;
  timings: PeerTimings;
  log: Pick<Log, 'debug'>;
  /** The last starts of this server, the newest last. */
  boots: () => readonly string[];
  /** Whether this process is or was that start of the server. */
  isOwnBoot: (boot: string) => boolean;
  /** A server was found, or has gone. */
  onChange: (id: string) => void;
  /** Another server with this server's identity answers there. */
  onCopy: (seen: OwnKeySeen) => void;
  /** `problem` is another one than before. */
  onProblem: () => void;
}

/** How often the fixed addresses of servers that are not connected are called at. */
const fixedEveryMs = 3_000;

/** Looks for other servers, on the network and at fixed addresses, and lets them find this one. */
export class ServerFinder {
  readonly #options: ServerFinderOptions;
  readonly #foundServers: FoundServers;
  #discovery: Discovery | undefined;
  #discoveryKey = '';
  #problem: Reason | null = null;
  #fixedTimer: NodeJS.Timeout | undefined;

  constructor(options: ServerFinderOptions) {
    this.#options = options;
    const { ownId, timings, log, isOwnBoot, onChange, onCopy } = options;
    this.#foundServers = new FoundServers({
      ownId,
      timings,
      log,
      onChange,
      // An address can be one of this host, where this server itself answers.
      onOwnKey: (seen) => {
        if (seen.boot !== null && !isOwnBoot(seen.boot)) onCopy(seen);
      },
    });
  }

  start(): void {
    this.#fixedTimer = setInterval(() => this.#lookAtFixed(), fixedEveryMs);
  }

  all(): FoundServer[] {
    return this.#foundServers.all();
  }

  get(id: string): FoundServer | undefined {
    return this.#foundServers.get(id);
  }

  /** Why the search on the network finds nothing at present. */
  get problem(): Reason | null {
    return this.#problem;
  }

  /** Takes up settings of the network and the place where this server listens as they are now. */
  update(): void {
    const { ownId: id, version, settings, listen, boots } = this.#options;
    const { name, mdns, mdnsInterface } = settings();
    this.#setDiscovery(mdns ? `on ${mdnsInterface}` : '', mdnsInterface);
    const { open, host, port } = listen();
    const outward = open && isOutward(host);
    const boot = boots().at(-1) ?? '';
    this.#discovery?.announce(outward ? { id, name, version, port, boot } : null);
  }

  /** Looks at the fixed addresses anew: they may be others than before. */
  updateFixed(): void {
    this.#foundServers.clear('fixed');
    this.#lookAtFixed();
  }

  async stop(): Promise<void> {
    clearInterval(this.#fixedTimer);
    this.#foundServers.stop();
    await this.#discovery?.stop();
  }

  #lookAtFixed(): void {
    this.#foundServers.lookAtFixed(this.#options.settings().fixedPeers);
  }

  #setDiscovery(key: string, interfaceName: string): void {
    if (key === this.#discoveryKey) return;
    this.#discoveryKey = key;
    void this.#discovery?.stop();
    this.#discovery = undefined;
    this.#foundServers.clear('network');
    this.#problem = null;
    if (key === '') return;
    this.#discovery = this.#options.makeDiscovery(interfaceName);
    this.#discovery.start({
      onFound: (found) => this.#foundServers.found(found),
      onLost: (id) => this.#foundServers.lost(id),
      onProblem: (problem) => {
        this.#problem = problem;
        this.#options.onProblem();
      },
    });
  }
}
