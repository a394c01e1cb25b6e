import { shortId } from '../../../src-shared/model/short-id.ts';
import type { TLSSocket } from 'node:tls';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin.ts';
import type { NodeSettings } from '../../../src-shared/model/node-settings.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { InvitationStatus, ServerRow } from '../../../src-shared/model/server-row.ts';
import type { ListenStatus } from '../base/listen-status.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Discovery } from './discovery/discovery.ts';
import { Invitations } from './pairing/invitations.ts';
import type { LinkEvent, LinkEnvironment } from './link/link-event.ts';
import { isOutward, ownAddresses } from './link/own-addresses.ts';
import { acceptPairing, joinServer, type PairingEnvironment } from './pairing/pairing.ts';
import type { PairedServers } from './pairing/paired-servers.ts';
import type { PeerConnection } from './link/peer-connection.ts';
import { dialPeer, type PeerKeys } from './link/peer-dial.ts';
import { type PeerTimings, peerTimings } from './link/peer-limits.ts';
import { PeerLinks } from './link/peer-links.ts';
import { PairingRecords } from './pairing/pairing-records.ts';
import {
  type Hello,
  type PeerDetails,
  peerProtocolVersion,
  type Purpose,
} from './link/link-message.ts';
import { findServer } from './find-server.ts';
import { FoundServers } from './discovery/found-servers.ts';
import { listServers } from './server-list.ts';
import { ServerTimeline } from './server-timeline.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { Successors } from './pairing/successors.ts';

type PeerSettings = Pick<NodeSettings, 'name' | 'mdns' | 'mdnsInterface' | 'fixedPeers'>;

export interface ServersOptions {
  keys: PeerKeys;
  version: string;
  paired: PairedServers;
  settings: () => PeerSettings;
  listen: () => ListenStatus;
  makeDiscovery: (interfaceName: string) => Discovery;
  clock: Clock;
  random: () => number;
  /** Another one in tests. */
  dial?: typeof dialPeer;
  log: Pick<Log, 'error' | 'warn' | 'info' | 'debug'>;
  /** It has everything of the ledgers that it shares with this server. */
  isSynchronised: (id: string) => boolean;
  /** It is in a relationship with this server. */
  isInUse: (id: string) => boolean;
  /** Puts an entry on the timeline. */
  report: (note: TimelineNote) => void;
  onChange: () => void;
  timings?: Partial<PeerTimings>;
}

/** How often the fixed addresses of servers that are not connected are called at. */
const fixedEveryMs = 3_000;

/** The other servers: finding them, pairing with them, and the links to those that are paired. */
export class Servers {
  readonly #options: ServersOptions;
  readonly #timings: PeerTimings;
  readonly #links: PeerLinks;
  readonly #directory: FoundServers;
  readonly #invitations: Invitations;
  readonly #timeline: ServerTimeline;
  readonly #records: PairingRecords;
  readonly successors: Successors;
  readonly #listeners = new Set<(event: LinkEvent) => void>();
  #discovery: Discovery | undefined;
  #discoveryKey = '';
  #told = '';
  #fixedTimer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: ServersOptions) {
    this.#options = options;
    this.#timings = { ...peerTimings, ...options.timings };
    const { paired, log, keys, onChange } = options;
    this.#links = new PeerLinks({
      environment: this.#linkEnvironment(),
      paired,
      onKeyShown: (id) => this.successors.take(id),
      onPairing: (connection, hello) => this.#acceptPairing(connection, hello),
    });
    this.#directory = new FoundServers({
      ownId: keys.id,
      timings: this.#timings,
      log,
      onChange: (id) => {
        if (!this.#links.status(id)?.connected) this.#links.redial(id);
        onChange();
      },
    });
    this.#invitations = new Invitations(() => options.clock().monotonicMs);
    this.#timeline = new ServerTimeline(options.report, (id) => this.nameOf(id));
    this.#records = new PairingRecords(paired, log);
    this.successors = this.#makeSuccessors();
  }

  start(): void {
    this.#links.update();
    this.noteChange();
    this.#fixedTimer = setInterval(() => this.#lookAtFixed(), fixedEveryMs);
  }

  /** Settings, name or port may have changed: what depends on them is brought up to date. */
  noteChange(): void {
    if (this.#stopped) return;
    const { mdns, mdnsInterface, fixedPeers, name } = this.#options.settings();
    const listen = this.#options.listen();
    const told = JSON.stringify([name, listen, fixedPeers]);
    if (told !== this.#told) {
      this.#told = told;
      this.#links.announceDetails();
      this.#directory.clear('fixed');
      this.#lookAtFixed();
    }
    this.#setDiscovery(mdns ? `on ${mdnsInterface}` : '', mdnsInterface);
    this.#announce(name, listen);
  }

  /** A connection to the peer port. */
  take(socket: TLSSocket): void {
    this.#links.take(socket);
  }

  /** Calls back with what happens on the links. Returns the end of it. */
  onLinkEvent(listener: (event: LinkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** See `PeerLinks.send`. */
  send(id: string, payload: unknown): boolean {
    return this.#links.send(id, payload);
  }

  list(): ServerRow[] {
    const { paired, isSynchronised } = this.#options;
    const rows = listServers(paired.all(), this.#directory.all(), (id) => this.#links.status(id));
    return rows.map((row) => ({ ...row, synchronised: isSynchronised(row.id) }));
  }

  invitation(): InvitationStatus | null {
    const leftMs = this.#invitations.leftMs();
    if (leftMs === undefined) return null;
    return { expiresAt: formatInstant(this.#options.clock().wallMs + leftMs) };
  }

  invite(): AdminAnswer<{ code: string; expiresAt: string; addresses: string[] }> {
    const listen = this.#options.listen();
    if (!listen.open) {
      return refuse(
        'PAIRING_REFUSED',
        `No server can connect to this one. ${listen.reason.message}`,
      );
    }
    const code = this.#invitations.invite();
    const expiresAt = this.invitation()?.expiresAt ?? '';
    this.#options.onChange();
    return { ok: true, value: { code, expiresAt, addresses: ownAddresses(listen) } };
  }

  pair(address: string, code: string): Promise<AdminAnswer<{ server: ServerRow }>> {
    return this.#inTurn(async () => {
      const outcome = await joinServer(this.#pairingEnvironment(), address, code);
      if (!outcome.ok) return outcome;
      const { id } = outcome.partner;
      this.#timeline.notePaired(id);
      this.#links.update();
      this.#links.redial(id);
      this.#options.onChange();
      return { ok: true, value: { server: this.#row(id) } };
    });
  }

  forget(wanted: string): Promise<AdminAnswer<Record<string, never>>> {
    return this.#inTurn(async () => {
      const none = `There is no pairing with ${wanted}. List the servers.`;
      const found = findServer(this.#options.paired.all(), wanted, none);
      if (!found.ok) return found;
      const { id } = found.value;
      const name = this.nameOf(id);
      if (this.#options.isInUse(id)) {
        const message = `${name} is in a relationship with this server. Dissolve that first.`;
        return refuse('SERVER_IN_USE', message);
      }
      await this.#options.paired.remove(id);
      this.#links.update();
      this.#timeline.noteForgotten(id, name);
      this.#options.onChange();
      return { ok: true, value: {} };
    });
  }

  isConnected(id: string): boolean {
    return this.#links.status(id)?.connected ?? false;
  }

  /** Positive: its clock is ahead; null: not measured. */
  clockDifferenceMs(id: string): number | null {
    return this.#links.status(id)?.clockDifferenceMs ?? null;
  }

  /** `host:port` at which a paired server is reached, the one that worked first. */
  addressOf(id: string): string | undefined {
    return this.#options.paired.get(id)?.addresses[0];
  }

  /** The key of a paired server, SubjectPublicKeyInfo in DER, as base64. */
  publicKeyOf(id: string): string | undefined {
    const { paired } = this.#options;
    return paired.isPaired(id) ? paired.get(id)?.publicKey : undefined;
  }

  nameOf(id: string): string {
    const { keys, settings } = this.#options;
    if (id === keys.id) return settings().name;
    const known = this.#options.paired.get(id) ?? this.#directory.get(id);
    return known?.name ?? shortId(id);
  }

  /** Of this server and of all that are paired with it. */
  names(): Record<string, string> {
    const { keys, settings, paired } = this.#options;
    const others = paired.all().map(({ id, name }): [string, string] => [id, name]);
    return { [keys.id]: settings().name, ...Object.fromEntries(others) };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#fixedTimer);
    this.#directory.stop();
    await Promise.all([this.#discovery?.stop(), this.#links.stop(), this.#turn]);
    await this.#options.paired.settled();
  }

  #makeSuccessors(): Successors {
    const { keys, paired, isInUse, log, onChange } = this.#options;
    return new Successors({
      ownId: keys.id,
      paired,
      timeline: this.#timeline,
      exportKeyingMaterial: (id, label) => this.#links.exportKeyingMaterial(id, label),
      isInUse,
      nameOf: (id) => this.nameOf(id),
      log,
      onMoved: (nextId) => {
        this.#links.update();
        this.#links.redial(nextId);
        onChange();
      },
    });
  }

  #linkEnvironment(): LinkEnvironment {
    const { keys, clock, random, paired, dial = dialPeer } = this.#options;
    return {
      keys,
      dial,
      clock,
      random,
      timings: this.#timings,
      hello: (purpose, withDetails) => this.#hello(purpose, withDetails),
      addresses: (id) => [
        ...(paired.get(id)?.addresses ?? []),
        ...(this.#directory.get(id)?.addresses ?? []),
      ],
      takeSuccessor: (id, shownId) => this.successors.takeOf(id, shownId),
      emit: (event) => this.#onLinkEvent(event),
    };
  }

  #pairingEnvironment(): PairingEnvironment {
    const { keys, paired, clock } = this.#options;
    return {
      keys,
      paired,
      timings: this.#timings,
      hello: (purpose, withDetails) => this.#hello(purpose, withDetails),
      details: () => this.#details(),
      nowMs: () => clock().wallMs,
    };
  }

  #hello(purpose: Purpose, withDetails: boolean): Hello {
    const { name } = this.#options.settings();
    const { id } = this.#options.keys;
    const hello: Hello = { type: 'hello', version: peerProtocolVersion, id, name, purpose };
    return withDetails ? { ...hello, details: this.#details() } : hello;
  }

  #details(): PeerDetails {
    const listen = this.#options.listen();
    const { version: appVersion } = this.#options;
    return { appVersion, port: listen.open ? listen.port : null, addresses: ownAddresses(listen) };
  }

  #onLinkEvent(event: LinkEvent): void {
    this.#timeline.note(event);
    switch (event.type) {
      case 'detailsHeard':
        this.#records.remember(event.id, event.name, event.addresses);
        break;
      case 'addressProven':
        this.#records.remember(event.id, this.nameOf(event.id), [event.address]);
        break;
      case 'keyProven':
        this.#records.rememberKey(event.id, event.publicKey);
        break;
      case 'goodbye':
        if (event.reason === 'forgotten') void this.#noteEnded(event.id);
        break;
      case 'pairingEnded':
        void this.#noteEnded(event.id);
        break;
      default:
    }
    if (event.type !== 'message') this.#options.onChange();
    for (const listener of this.#listeners) listener(event);
  }

  /** The other server has ended the pairing: its key is not accepted any longer. */
  async #noteEnded(id: string): Promise<void> {
    if (!(await this.#records.noteEnded(id))) return;
    this.#timeline.noteEndedByOther(id);
    this.#links.update();
    this.#options.onChange();
  }

  async #acceptPairing(connection: PeerConnection, hello: Hello): Promise<void> {
    const { log, onChange } = this.#options;
    try {
      const environment = this.#pairingEnvironment();
      const outcome = await acceptPairing(environment, this.#invitations, connection, hello);
      this.#timeline.noteAccepted(outcome);
      if (outcome.type === 'paired') this.#links.update();
      onChange();
    } catch (error) {
      log.error('A pairing failed', error);
      connection.destroy('the pairing failed');
    }
  }

  #lookAtFixed(): void {
    this.#directory.lookAtFixed(this.#options.settings().fixedPeers);
  }

  #setDiscovery(key: string, interfaceName: string): void {
    if (key === this.#discoveryKey) return;
    this.#discoveryKey = key;
    void this.#discovery?.stop();
    this.#discovery = undefined;
    this.#directory.clear('network');
    if (key === '') return;
    this.#discovery = this.#options.makeDiscovery(interfaceName);
    this.#discovery.start({
      onFound: (found) => this.#directory.found(found),
      onLost: (id) => this.#directory.lost(id),
    });
  }

  #announce(name: string, listen: ListenStatus): void {
    const { keys, version } = this.#options;
    const { open, host, port } = listen;
    const outward = open && isOutward(host);
    this.#discovery?.announce(outward ? { id: keys.id, name, version, port } : null);
  }

  #row(id: string): ServerRow {
    const row = this.list().find((server) => server.id === id);
    if (!row) throw new Error(`${id} was paired and is not listed`);
    return row;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
