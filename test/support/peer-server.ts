import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { ConnectionGuard } from '../../src-main/node/client-api/connection-guard.ts';
import { connectionTimeouts } from '../../src-main/node/client-api/limits.ts';
import { ReadTurns } from '../../src-main/node/client-api/read-turns.ts';
import { openTlsListener, type TlsListener } from '../../src-main/node/client-api/tls-listener.ts';
import type { ListenStatus } from '../../src-main/node/base/listen-status.ts';
import { type Clock, systemClock } from '../../src-main/node/base/clock.ts';
import { localAdmin } from '../../src-main/node/base/local-admin.ts';
import { type Identity, loadIdentity } from '../../src-main/node/identity/identity.ts';
import type { Discovery, DiscoveryListener } from '../../src-main/mdns/discovery.ts';
import type { LinkEvent } from '../../src-main/node/peers/link/link-event.ts';
import {
  loadPairedServers,
  type PairedServers,
} from '../../src-main/node/peers/pairing/paired-servers.ts';
import type { PeerConnection } from '../../src-main/node/peers/link/peer-connection.ts';
import { dialPeer } from '../../src-main/node/peers/link/peer-dial.ts';
import type { PeerTimings } from '../../src-main/node/peers/link/peer-limits.ts';
import { peerAlpn } from '../../src-main/node/peers/link/link-message.ts';
import type { TimelineNote } from '../../src-main/node/base/timeline-note.ts';
import { Servers } from '../../src-main/node/peers/servers.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** Short ones, so that tests wait for what happens and not for time. */
const timings: Partial<PeerTimings> = { retryFirstMs: 20, retryMaxMs: 100, pingEveryMs: 50 };

/** Discovery by a test. */
export class HandDiscovery implements Discovery {
  listener: DiscoveryListener | undefined;
  start(listener: DiscoveryListener): void {
    this.listener = listener;
  }
  announce(): void {
    // Nobody listens.
  }
  refresh(): void {
    // Nothing to ask.
  }
  async stop(): Promise<void> {
    this.listener = undefined;
  }
}

export interface PeerServerOptions {
  name?: string;
  timings?: Partial<PeerTimings>;
  clock?: Clock;
  dataDirectory?: string;
  port?: number;
  isInUse?: (id: string) => boolean;
  /** Its starts, the newest last. */
  boots?: string[];
  /** It listens only when another server has answered the hello of its first connection. */
  listensAfterHello?: boolean;
}

/** All that a server has to do with others, on a port of 127.0.0.1, without licences. */
export class PeerServer {
  readonly events: LinkEvent[] = [];
  readonly notes: TimelineNote[] = [];
  readonly discovery = new HandDiscovery();
  readonly settings;
  /** Its starts, the newest last; one by default. */
  boots: string[];
  readonly identity: Identity;
  readonly paired: PairedServers;
  readonly servers: Servers;
  #listener: TlsListener | undefined;
  #port = 0;
  #crashed = false;
  readonly dataDirectory: string | undefined;
  /** Errors in its log. */
  errors = 0;
  /** Warnings in its log. */
  readonly warnings: string[] = [];
  /** Gets each connection that its links make, before anything is said on it. */
  onDialed: (connection: PeerConnection) => void = () => undefined;
  readonly #taken: TLSSocket[] = [];
  readonly #listeners: ((event: LinkEvent) => void)[] = [];
  readonly #outgoing: PeerConnection[] = [];

  constructor(identity: Identity, paired: PairedServers, options: PeerServerOptions) {
    this.identity = identity;
    this.paired = paired;
    const { name = 'server', port = 0 } = options;
    this.dataDirectory = options.dataDirectory;
    this.#port = port;
    this.boots = options.boots ?? [randomBytes(8).toString('hex')];
    this.settings = {
      name,
      clientAddresses: [] as string[],
      mdns: true,
      mdnsInterface: '',
      fixedPeers: [] as string[],
    };
    const quiet = () => undefined;
    this.servers = new Servers({
      keys: identity,
      admin: localAdmin(identity.id),
      version: '0.0.0-test',
      paired,
      settings: () => this.settings,
      listen: () => this.listen(),
      boots: () => this.boots,
      isOwnBoot: (boot) => boot === this.boots.at(-1),
      noteKnownElsewhere: (boot) => !this.boots.includes(boot),
      makeDiscovery: () => this.discovery,
      clock: options.clock ?? systemClock,
      random: () => 0.5,
      dial: async (target) => {
        if (this.#crashed) return { ok: false, failure: 'unreachable', detail: 'it has crashed' };
        const outcome = await dialPeer(target);
        if (outcome.ok) {
          this.#outgoing.push(outcome.connection);
          if (options.listensAfterHello) this.#listenAfterHello(outcome.connection);
          this.onDialed(outcome.connection);
        }
        return outcome;
      },
      log: {
        error: () => this.errors++,
        warn: (message) => this.warnings.push(message),
        info: quiet,
        debug: quiet,
      },
      partners: { has: options.isInUse ?? (() => false) },
      report: (note) => this.notes.push(note),
      onLinkEvent: (event) => {
        this.events.push(event);
        for (const listener of this.#listeners) listener(event);
      },
      onChange: quiet,
      timings: { ...timings, ...options.timings },
    });
  }

  #listenAfterHello(connection: PeerConnection): void {
    const next = connection.next.bind(connection);
    connection.next = async (timeoutMs) => {
      const message = await next(timeoutMs);
      if (!this.#listener) await this.open();
      return message;
    };
  }

  /** Calls back with what happens on the links from now on. */
  onLinkEvent(listener: (event: LinkEvent) => void): void {
    this.#listeners.push(listener);
  }

  get id(): string {
    return this.identity.id;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  listen(): ListenStatus {
    const reason = { code: 'STARTING', message: 'It is starting.' };
    const at = { host: '127.0.0.1', port: this.#port };
    return this.#listener ? { open: true, ...at } : { open: false, ...at, reason };
  }

  async open(): Promise<void> {
    this.#listener = await openTlsListener({
      host: '127.0.0.1',
      port: this.#port,
      identity: this.identity,
      peers: {
        alpn: peerAlpn,
        take: (socket) => {
          this.#taken.push(socket);
          this.servers.take(socket);
        },
        isReserved: (address) => this.servers.isAtHome(address),
      },
      guard: new ConnectionGuard({ connectionsMax: 1_000, isReserved: () => false }),
      readTurns: new ReadTurns(),
      timeouts: connectionTimeouts,
      onRequest: (_request, response) => response.end('http'),
      onError: () => undefined,
    });
    this.#port = this.#listener.port;
    this.servers.noteChange();
  }

  /** The port goes and every connection to it. */
  async close(): Promise<void> {
    this.#listener?.stopAccepting();
    this.#listener?.destroyAll();
    await this.#listener?.closed();
    this.#listener = undefined;
  }

  /** As when the process is killed: port and connections go, both ways, without a word. */
  async crash(): Promise<void> {
    this.#crashed = true;
    for (const connection of this.#outgoing) connection.destroy('crash');
    await this.close();
  }

  async revive(): Promise<void> {
    this.#crashed = false;
    await this.open();
  }

  /** Every connection ends and the port stays. */
  async cutConnections(): Promise<void> {
    this.#listener?.destroyAll();
    for (const socket of this.#taken) socket.destroy();
  }

  async moveToAnotherPort(): Promise<void> {
    const old = this.#listener;
    this.#port = 0;
    await this.open();
    old?.stopAccepting();
    old?.destroyAll();
    await old?.closed();
  }

  async stop(): Promise<void> {
    await this.servers.stop();
    await this.close();
  }

  row(other: PeerServer) {
    return this.servers.list().find(({ id }) => id === other.id);
  }

  isConnectedTo(other: PeerServer): boolean {
    return this.row(other)?.connected ?? false;
  }

  kinds(): string[] {
    return this.notes.map(({ kind }) => kind);
  }
}

export async function startPeerServer(options: PeerServerOptions = {}): Promise<PeerServer> {
  const dataDirectory = options.dataDirectory ?? makeTemporaryDirectory();
  const identity = await loadIdentity(dataDirectory);
  const paired = await loadPairedServers(join(dataDirectory, 'paired-servers.json'));
  const server = new PeerServer(identity, paired, { ...options, dataDirectory });
  onTestFinished(() => server.stop());
  if (!options.listensAfterHello) await server.open();
  server.servers.start();
  return server;
}

/** Two servers, `a` the one with the lower id, that are paired and connected. */
export async function startPair(
  options: PeerServerOptions = {},
): Promise<{ a: PeerServer; b: PeerServer }> {
  const [a, b] = await startTwo(options);
  await pair(a, b);
  await connected(a, b);
  return { a, b };
}

/** Two servers, the one with the lower id first. */
export async function startTwo(options: PeerServerOptions = {}): Promise<[PeerServer, PeerServer]> {
  const two = [
    await startPeerServer({ name: 'one', ...options }),
    await startPeerServer({ name: 'two', ...options }),
  ] as [PeerServer, PeerServer];
  return two.sort((x, y) => (x.id < y.id ? -1 : 1));
}

export async function pair(inviter: PeerServer, joiner: PeerServer): Promise<void> {
  const invited = inviter.servers.invite('nothing');
  if (!invited.ok) throw new Error(invited.message);
  const answer = await joiner.servers.pair(inviter.address, invited.value.code, 'nothing');
  if (!answer.ok) throw new Error(answer.message);
}

export async function connected(a: PeerServer, b: PeerServer): Promise<void> {
  await until(() => a.isConnectedTo(b) && b.isConnectedTo(a));
}

/** Waits for a condition; rejects after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`never true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
