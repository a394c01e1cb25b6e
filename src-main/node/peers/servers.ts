import { shortId } from '../../../src-shared/view/short-id.ts';
import type { TLSSocket } from 'node:tls';
import type { AdminAnswer } from '../../../src-shared/contract/admin-error.ts';
import type { NodeSettings } from '../../../src-shared/model/node-settings.ts';
import { parseHostPort } from '../../../src-shared/model/host-port.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import type { Allowed, ConsentPart } from '../../../src-shared/model/consent.ts';
import type { InvitationStatus } from '../../../src-shared/model/server-row.ts';
import type { ListenStatus } from '../base/listen-status.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Discovery } from '../../mdns/discovery.ts';
import { ServerFinder } from './discovery/server-finder.ts';
import type { LinkEvent, LinkEnvironment } from './link/link-event.ts';
import { Consents } from './pairing/consents.ts';
import type { PairedServers } from './pairing/paired-servers.ts';
import { isOutward } from './link/own-addresses.ts';
import { dialPeer, type PeerKeys } from './link/peer-dial.ts';
import { type PeerTimings, peerTimings } from './link/peer-limits.ts';
import type { LongHead } from './link/long-message.ts';
import { PeerLinks } from './link/peer-links.ts';
import { OwnCopies } from './own-copies.ts';
import { SelfDescription } from './link/self-description.ts';
import { PairingRecords } from './pairing/pairing-records.ts';
import { Pairings } from './pairing/pairings.ts';
import { noSharedInvitations, type SharedInvitations } from './pairing/invitations.ts';
import { type ListedServer, listServers } from './server-list.ts';
import { ServerTimeline } from './pairing/server-timeline.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { Strangers } from './strangers.ts';
import { Successors } from './pairing/successors.ts';
import type { Partners } from './pairing/partners.ts';

type PeerSettings = Pick<
  NodeSettings,
  'name' | 'clientAddresses' | 'mdns' | 'mdnsInterface' | 'fixedPeers'
>;

type LongMessageScreen = (id: string, head: LongHead, bytes: number) => boolean;

/** How often it is looked whether this host has other addresses than were told to the others. */
const addressesLookedAtEveryMs = 10_000;

export interface ServersOptions {
  keys: PeerKeys;
  admin: Actor;
  version: string;
  paired: PairedServers;
  /** Invitations of the configuration file; none by default. */
  shared?: SharedInvitations;
  settings: () => PeerSettings;
  listen: () => ListenStatus;
  /** The last starts of this server, the newest last. */
  boots: () => readonly string[];
  /** Whether this process is or was that start of the server. */
  isOwnBoot: (boot: string) => boolean;
  /** Another server knows a start of this one. True: this one does not. */
  noteKnownElsewhere: (boot: string) => boolean;
  makeDiscovery: (interfaceName: string) => Discovery;
  clock: Clock;
  random: () => number;
  /** What connects to another server; a test gives its own. */
  dial?: typeof dialPeer;
  log: Pick<Log, 'error' | 'warn' | 'info' | 'debug'>;
  /** Servers with which this one is in a relationship; the pairings with them stay. */
  partners: Pick<Partners, 'has'>;
  /** Puts an entry on the timeline. */
  report: (note: TimelineNote) => void;
  onLinkEvent: (event: LinkEvent) => void;
  onChange: () => void;
  timings?: Partial<PeerTimings>;
}

/** The other servers: finding them, pairing with them, and the links to those that are paired. */
export class Servers {
  readonly #options: ServersOptions;
  readonly #timings: PeerTimings;
  readonly #self: SelfDescription;
  readonly #links: PeerLinks;
  readonly #finder: ServerFinder;
  readonly #timeline: ServerTimeline;
  readonly #records: PairingRecords;
  readonly #pairings: Pairings;
  readonly successors: Successors;
  readonly consents: Consents;
  readonly strangers: Strangers;
  readonly #copies: OwnCopies;
  #wants: LongMessageScreen = () => true;
  #told = '';
  #addressTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ServersOptions) {
    this.#options = options;
    this.#timings = { ...peerTimings, ...options.timings };
    const { keys, version, settings, listen, boots, makeDiscovery, paired, log, onChange } =
      options;
    const copies = new OwnCopies({ clock: options.clock, boot: () => boots().at(-1) });
    this.#copies = copies;
    this.strangers = new Strangers(options.clock, (id) => paired.isPaired(id));
    const bootKnownOf = (id: string) => paired.get(id)?.boot;
    const self = { id: keys.id, version, settings, listen, boots, copies, bootKnownOf };
    this.#self = new SelfDescription(self);
    this.#timeline = new ServerTimeline(options.report, (id) => this.nameOf(id), options.admin);
    this.#records = new PairingRecords(paired, log);
    this.consents = new Consents({
      ownId: keys.id,
      paired,
      timeline: this.#timeline,
      clock: options.clock,
      onChange,
    });
    this.#finder = new ServerFinder({
      ownId: keys.id,
      version,
      settings,
      listen,
      boots,
      isOwnBoot: options.isOwnBoot,
      makeDiscovery,
      timings: this.#timings,
      log,
      onChange: (id) => {
        if (!this.isConnected(id)) this.#links.redial(id);
        onChange();
      },
      onCopy: (seen) => {
        this.#copies.noteSeen(seen);
        this.#timeline.noteOwnCopy(keys.id, seen.address);
        onChange();
      },
      onProblem: onChange,
    });
    this.#links = new PeerLinks({
      environment: this.#linkEnvironment(),
      paired,
      onKeyShown: (id) => this.successors.take(id),
      onStranger: (id, name) => {
        this.strangers.note(id, name);
        this.#timeline.noteStranger(id, name);
        onChange();
      },
      onPairing: (connection, hello) => this.#pairings.accept(connection, hello),
    });
    this.#pairings = this.#makePairings();
    this.successors = this.#makeSuccessors();
  }

  start(): void {
    this.#links.update();
    this.noteChange();
    this.#finder.start();
    this.#addressTimer = setInterval(() => this.noteChange(), addressesLookedAtEveryMs);
  }

  /** Settings, name or port may have changed: what depends on them is brought up to date. */
  noteChange(): void {
    if (this.#stopped) return;
    const { fixedPeers, name } = this.#options.settings();
    const told = JSON.stringify([name, this.#self.details(), fixedPeers]);
    if (told !== this.#told) {
      this.#told = told;
      this.#links.announceDetails();
      this.#finder.updateFixed();
    }
    this.#finder.update();
  }

  /** This server is another start of itself from here on. */
  noteBoot(): void {
    if (this.#stopped) return;
    this.#links.announceDetails();
    this.#finder.update();
  }

  /** Where another server with this server's identity answers; null: none was seen lately. */
  copyAt(): string | null {
    return this.#copies.seenAt();
  }

  /** Another server with this one's identity was there before it: this one serves nothing. */
  standsAside(): boolean {
    return this.#copies.standsAside();
  }

  /** Whether another server has this one's identity, as far as was seen lately. */
  isCopied(): boolean {
    return this.copyAt() !== null || this.standsAside();
  }

  /** A connection to the peer port. */
  take(socket: TLSSocket): void {
    this.#links.take(socket);
  }

  /** Whether an address is that of a paired server, as far as it is known, or of this host. */
  isAtHome(address: string): boolean {
    const host = address.replace(/^::ffff:/i, '');
    if (!isOutward(host)) return true;
    const known = this.#options.paired.all().flatMap(({ addresses }) => addresses);
    return known.some((other) => parseHostPort(other)?.host === host);
  }

  /** Who uses the links decides which long messages are read. */
  screenWith(wants: LongMessageScreen): void {
    this.#wants = wants;
  }

  /** See `PeerLinks.send`. */
  send(id: string, payload: unknown): boolean {
    return this.#links.send(id, payload);
  }

  /** See `PeerLink.untilTried`. */
  untilTried(id: string): Promise<void> {
    return this.#links.untilTried(id);
  }

  list(): ListedServer[] {
    const { paired } = this.#options;
    return listServers(paired.all(), this.#finder.all(), (id) => this.#links.status(id));
  }

  /** Why the search on the network finds nothing at present. */
  discoveryProblem(): Reason | null {
    return this.#finder.problem;
  }

  /** See `Pairings` for this and the next three. */
  invitation(): InvitationStatus | null {
    return this.#pairings.invitation();
  }

  invite(allowed: Allowed): AdminAnswer<InvitationStatus & { code: string; addresses: string[] }> {
    return this.#pairings.invite(allowed);
  }

  /** `allows`: what the other server lets this one have of it. */
  async pair(
    address: string,
    code: string,
    allowed: Allowed,
  ): Promise<AdminAnswer<{ server: ListedServer; allows: ConsentPart[] }>> {
    const answer = await this.#pairings.join(address, code, allowed);
    if (!answer.ok) return answer;
    const { id, allows } = answer.value;
    const server = this.list().find((row) => row.id === id);
    if (!server) throw new Error(`${id} was paired and is not listed`);
    return { ok: true, value: { server, allows } };
  }

  async forget(wanted: string): Promise<AdminAnswer<Record<string, never>>> {
    const answer = await this.#pairings.forget(wanted);
    if (!answer.ok) return answer;
    this.#copies.noteSettled(answer.value.id);
    return { ok: true, value: {} };
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

  /** `host:port` at which clients may reach a server, this one among them. */
  clientAddressesOf(id: string): string[] {
    const { keys, paired } = this.#options;
    if (id === keys.id) return this.#self.details().clientAddresses;
    const { addresses = [], clientAddresses = [] } = paired.get(id) ?? {};
    return clientAddresses.length > 0 ? clientAddresses : addresses;
  }

  /** See `PairingRecords`. */
  publicKeyOf(id: string): string | undefined {
    return this.#records.publicKeyOf(id);
  }

  nameOf(id: string): string {
    const { keys, settings, paired } = this.#options;
    if (id === keys.id) return settings().name;
    return (paired.get(id) ?? this.#finder.get(id))?.name ?? shortId(id);
  }

  /** Of this server and of all that are paired with it. */
  names(): Record<string, string> {
    const { keys, settings, paired } = this.#options;
    const others = paired.all().map(({ id, name }): [string, string] => [id, name]);
    return { [keys.id]: settings().name, ...Object.fromEntries(others) };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#addressTimer);
    await Promise.all([this.#finder.stop(), this.#links.stop(), this.#pairings.settled()]);
    await this.#options.paired.settled();
  }

  #makePairings(): Pairings {
    const { keys, paired, partners, listen, clock, log, onChange } = this.#options;
    const { hello, details } = this.#self;
    const timings = this.#timings;
    return new Pairings({
      environment: { keys, paired, timings, hello, details, nowMs: () => clock().wallMs },
      records: this.#records,
      shared: this.#options.shared ?? noSharedInvitations,
      links: this.#links,
      timeline: this.#timeline,
      partners,
      listen,
      clock,
      nameOf: (id) => this.nameOf(id),
      log,
      onChange,
    });
  }

  #makeSuccessors(): Successors {
    const { keys, paired, partners, log, onChange } = this.#options;
    return new Successors({
      ownId: keys.id,
      paired,
      timeline: this.#timeline,
      exportKeyingMaterial: (id, label) => this.#links.exportKeyingMaterial(id, label),
      partners,
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
      hello: this.#self.hello,
      pairingOf: (id) => paired.pairingOf(id),
      addresses: (id) => [
        ...(paired.get(id)?.addresses ?? []),
        ...(this.#finder.get(id)?.addresses ?? []),
      ],
      wants: (id, head, bytes) => this.#wants(id, head, bytes),
      takeSuccessor: (id, shownId) => this.successors.takeOf(id, shownId),
      emit: (event) => this.#noteLinkEvent(event),
    };
  }

  #noteLinkEvent(event: LinkEvent): void {
    this.#timeline.note(event);
    switch (event.type) {
      case 'detailsHeard':
        this.#records.remember(event.id, {
          name: event.name,
          addresses: event.addresses,
          clientAddresses: event.clientAddresses,
        });
        break;
      case 'bootsHeard':
        if (this.#records.rememberBoots(event.id, event.boots, this.#options.clock().wallMs))
          this.#timeline.notePutBack(event.id, event.boots.length === 1);
        break;
      case 'ownBootHeard':
        if (this.#options.noteKnownElsewhere(event.boot)) this.#timeline.noteOwnPutBack(event.id);
        break;
      case 'problem':
        if (event.problem.code === 'SAME_IDENTITY') this.#copies.noteRefused(event.id);
        break;
      case 'taken':
        this.#copies.noteSettled(event.id);
        break;
      case 'pairingEnded':
        this.#copies.noteSettled(event.id);
        void this.#pairings.noteEnded(event);
        break;
      case 'addressProven':
        this.#records.remember(event.id, { addresses: [event.address] });
        break;
      case 'keyProven':
        this.#records.rememberKey(event.id, event.publicKey);
        break;
      case 'goodbye':
        if (event.reason === 'forgotten') {
          void this.#pairings.noteEnded({ ...event, ordered: true });
        }
        break;
      default:
    }
    if (event.type !== 'message') this.#options.onChange();
    this.#options.onLinkEvent(event);
  }
}
