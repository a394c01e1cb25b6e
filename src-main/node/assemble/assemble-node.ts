import { randomUUID } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { assembleAdmin } from './assemble-admin.ts';
import type { Readiness } from '../../../src-shared/model/node-snapshot.ts';
import { ChangeNotice } from '../base/change-notice.ts';
import { startClientApi } from '../client-api/client-api.ts';
import { ClientPort } from '../client-api/client-port.ts';
import { assembleClientService } from './assemble-client-service.ts';
import { systemClock } from '../base/clock.ts';
import { CommitQueue } from '../store/commit-queue.ts';
import type { DataDirectory } from '../base/data-directory.ts';
import type { Identity } from '../identity/identity.ts';
import { Journal } from '../replicas/journal.ts';
import { KeyRotator } from '../relationships/key-rotation.ts';
import { LedgerServers } from '../serving/ledger-servers.ts';
import { HistorySync } from '../replicas/history-sync.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { Replicas, othersOf } from '../replicas/replicas.ts';
import { PeerCalls } from '../peers/peer-calls.ts';
import { ServingWatch } from '../replicas/serving-watch.ts';
import type { OpenedLedger } from '../store/load-ledger.ts';
import type { Log } from '../base/log.ts';
import { readFigures } from '../views/node-figures.ts';
import { LiveSettings, type SettingsOverride } from '../settings/live-settings.ts';
import { type loadNodeSettings, saveNodeSettings } from '../settings/node-settings.ts';
import { MdnsDiscovery } from '../peers/discovery/mdns-discovery.ts';
import type { PairedServers } from '../peers/pairing/paired-servers.ts';
import { peerAlpn } from '../peers/link/link-message.ts';
import { Servers } from '../peers/servers.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { RecentEvents } from '../views/recent-events.ts';
import { Candidates } from '../relationships/candidates.ts';
import { Orders } from '../orders/orders.ts';
import { deriveReadiness } from '../relationships/readiness.ts';
import { ReadinessWatch } from '../relationships/readiness-watch.ts';
import { Reconciler } from '../relationships/reconciler.ts';
import { RelationshipChecker } from '../relationships/relationship-check.ts';
import { RelationshipService } from '../relationships/relationship-service.ts';
import { isMemberSynchronised } from '../relationships/relationship-status.ts';
import { ServingStatus } from '../serving/serving-status.ts';
import { TokenSigner } from '../store/token-signer.ts';
import { demoVendorKeyId } from '../licensing/demo.ts';
import type { NodeOptions } from '../license-node.ts';
import type { AdminService } from '../admin-api/admin-service.ts';

/** What is on the disk of a server. */
export interface Ground {
  directory: DataDirectory;
  stored: Awaited<ReturnType<typeof loadNodeSettings>>;
  log: Log;
  identity: Identity;
  paired: PairedServers;
  opened: OpenedLedger;
}

/**
 * The parts of a node, joined; nothing is started here. Parts refer to each other through this object
 * and only when something happens, so that the order of making them is all that counts.
 */
export class NodeParts {
  readonly options: NodeOptions;
  readonly ground: Ground;
  readonly serverId: string;
  readonly startedAtMs = nowMs();
  readonly change = new ChangeNotice();
  readonly watch = new ServingWatch((id) => this.servers.isConnected(id));
  readonly settings: LiveSettings;
  readonly events: RecentEvents;
  readonly commits: CommitQueue;
  readonly journal: Journal;
  readonly servers: Servers;
  readonly calls: PeerCalls;
  readonly replicas: Replicas;
  readonly history: HistorySync;
  readonly keyRotator: KeyRotator;
  readonly ledgerServers: LedgerServers;
  readonly serving: ServingStatus;
  readonly known: Candidates;
  readonly relationships: RelationshipService;
  readonly reconciler: Reconciler;
  readonly readinessWatch: ReadinessWatch;
  readonly port: ClientPort;
  readonly admin: AdminService;
  readonly orders: Orders;

  constructor(options: NodeOptions, ground: Ground) {
    this.options = options;
    this.ground = ground;
    this.serverId = ground.identity.id;
    this.settings = this.#makeSettings();
    this.events = new RecentEvents(ground.opened.loaded.recentEvents);
    this.commits = this.#makeCommits();
    this.journal = this.#makeJournal();
    this.servers = this.#makeServers();
    this.calls = new PeerCalls({
      send: (to, payload) => this.servers.send(to, payload),
      nameOf: (id) => this.servers.nameOf(id),
      log: ground.log,
    });
    this.replicas = this.#makeLedgers();
    this.history = this.#makeHistory();
    this.keyRotator = this.#makeKeyRotator();
    this.ledgerServers = new LedgerServers({
      serverId: this.serverId,
      nowMs,
      nameOf: (id) => this.servers.nameOf(id),
      addressOf: (id) => (id === this.serverId ? this.#address() : this.servers.addressOf(id)),
      isOpen: () => this.port.status().open,
    });
    this.serving = new ServingStatus({
      replicas: this.replicas,
      servers: this.ledgerServers,
      listen: () => this.port.status(),
      storeFailure: () => this.commits.failure,
      nowMs,
    });
    this.known = this.#makeKnownServers();
    this.orders = this.#makeOrders();
    this.relationships = this.#makeRelationships();
    this.reconciler = new Reconciler(this.#shared());
    this.readinessWatch = new ReadinessWatch({
      readiness: () => this.readiness(),
      isRelated: () => this.relationships.current() !== null,
      clock: systemClock,
      note: (note) => this.journal.note(note),
    });
    this.port = this.#makePort();
    this.admin = assembleAdmin(this);
    this.calls.answerWith({
      ...this.replicas.handlers(),
      ...this.history.handlers(),
      ...this.keyRotator.handlers(),
      ...this.orders.handlers(),
      ...this.relationships.handlers(),
      ...this.reconciler.handlers(),
    });
  }

  readiness(): Readiness {
    return deriveReadiness({
      relationship: this.relationships.current(),
      servers: this.known,
      storeFailure: this.commits.failure,
    });
  }

  #shared() {
    const { replicas, calls, known: servers, commits } = this;
    return { replicas, calls, servers, commits, log: this.ground.log };
  }

  #address(): string | undefined {
    return this.port.status().open ? this.serving.address() : undefined;
  }

  #makeSettings(): LiveSettings {
    const { stored, directory, log } = this.ground;
    return new LiveSettings({
      stored,
      override: overrideOf(this.options),
      apply: async (next) => {
        await this.port.reconfigure(next);
        log.setLevel(next.logLevel);
        this.change.note();
      },
      save: (next) => saveNodeSettings(directory.settingsFile, next),
    });
  }

  #makeCommits(): CommitQueue {
    const { opened, log } = this.ground;
    return new CommitQueue({
      store: opened.store,
      log,
      onFailed: (ledger, number) => this.replicas.notePersistFailed(ledger, number),
      onRecovered: () => {
        this.replicas.noteStoreRecovered();
        this.journal.note(storeRecovered);
      },
      onEvents: this.events.add,
      onChange: this.change.note,
    });
  }

  #makeJournal(): Journal {
    const { serverId, commits } = this;
    return new Journal({
      serverId,
      sequence: this.ground.opened.loaded.journal[serverId] ?? 0,
      clock: systemClock,
      commits,
      onGrown: () => this.history.noteGrown(),
    });
  }

  #makeServers(): Servers {
    const { identity, paired, log } = this.ground;
    return new Servers({
      keys: identity,
      version: this.options.version,
      paired,
      settings: () => this.settings.current,
      listen: () => this.port.status(),
      makeDiscovery: (interfaceName) => new MdnsDiscovery({ interfaceName, log }),
      clock: systemClock,
      random: Math.random,
      log,
      isInUse: (id) => this.replicas.all().some((replica) => this.#takesPart(replica, id)),
      isSynchronised: (id) => this.#isSynchronised(id),
      report: (note) => this.journal.note(note),
      onChange: () => {
        this.replicas.learnNames();
        this.change.note();
      },
    });
  }

  #takesPart(replica: HostedReplica, id: string): boolean {
    return othersOf(replica.view().config, this.serverId).includes(id);
  }

  #isSynchronised(id: string): boolean {
    const shared = this.replicas.all().filter((replica) => this.#takesPart(replica, id));
    return (
      shared.length > 0 && this.servers.isConnected(id) && isMemberSynchronised(id, shared, true)
    );
  }

  #makeLedgers(): Replicas {
    const { serverId, commits, calls, servers } = this;
    const { log, opened } = this.ground;
    const replicas = new Replicas({
      serverId,
      demoVendorKeyId,
      clock: systemClock,
      store: opened.store,
      commits,
      signer: new TokenSigner(opened.store, log),
      peers: servers,
      calls,
      log,
      note: (note) => this.journal.note(note),
      onStep: (id) => this.watch.note(this.replicas.get(id)),
      onActiveChanged: () => {
        this.serving.note();
        this.change.note();
      },
      onDropped: this.change.note,
      onMissing: (id, at) => {
        const replica = this.replicas.get(id);
        if (replica) void this.reconciler.inviteAgain(replica, at);
      },
      newId: randomUUID,
    });
    servers.onLinkEvent((event) => {
      replicas.noteLinkEvent(event);
      if (event.type !== 'connected') return;
      this.history.noteConnected(event.id);
      void this.keyRotator.noteConnected(event.id);
    });
    return replicas;
  }

  #makeHistory(): HistorySync {
    const { serverId, commits, replicas, calls, servers: peers, journal, events } = this;
    const { opened, log } = this.ground;
    return new HistorySync({
      serverId,
      store: opened.store,
      commits,
      replicas,
      calls,
      peers,
      journal,
      journals: opened.loaded.journal,
      log,
      onEvents: events.add,
    });
  }

  #makeKeyRotator(): KeyRotator {
    const { servers, replicas, calls } = this;
    const { directory, identity, log } = this.ground;
    const note = (note: TimelineNote) => this.journal.note(note);
    const { path: dataDirectory } = directory;
    return new KeyRotator({
      dataDirectory,
      identity,
      servers,
      replicas,
      calls,
      note,
      log,
    });
  }

  #makeKnownServers(): Candidates {
    const { version } = this.options;
    return new Candidates(
      () => ({
        id: this.serverId,
        name: this.settings.current.name,
        address: this.serving.address(),
        version,
      }),
      () => this.servers.list(),
    );
  }

  #makeOrders(): Orders {
    const { serverId, replicas, calls } = this;
    const nameOf = (id: string) => this.servers.nameOf(id);
    const note = (note: TimelineNote) => this.journal.note(note);
    return new Orders({ serverId, replicas, calls, clock: systemClock, nameOf, note });
  }

  #makeRelationships(): RelationshipService {
    const shared = this.#shared();
    const checker = new RelationshipChecker({
      ...shared,
      storeFailure: () => this.commits.failure,
    });
    return new RelationshipService({ ...shared, orders: this.orders, checker });
  }

  #makePort(): ClientPort {
    const { identity, log } = this.ground;
    const service = assembleClientService(this);
    const { replicas, commits, serving, servers: peers } = this;
    const figures = () =>
      readFigures({
        replicas,
        commits,
        peers,
        serving,
        isReady: () => this.readiness().ready,
        isOpen: () => this.port.status().open,
      });
    const { version } = this.options;
    const peerPort = { alpn: peerAlpn, take: (socket: TLSSocket) => peers.take(socket) };
    return new ClientPort({
      settings: this.settings.current,
      start: (settings) =>
        startClientApi({ identity, peers: peerPort, service, figures, settings, version, log }),
      log,
      onChange: () => {
        peers.noteChange();
        this.change.note();
      },
    });
  }
}

const storeRecovered: TimelineNote = {
  kind: 'storeRecovered',
  severity: 'warning',
  message:
    'The disk could not be written for a while and can again. Leases were kept; new seats, returns ' +
    'and changes were refused meanwhile.',
};

function nowMs(): number {
  return systemClock().wallMs;
}

function overrideOf({ name, listen, mdns, fixedPeers }: NodeOptions): SettingsOverride {
  return {
    ...(name === undefined ? {} : { name }),
    ...(listen === undefined ? {} : { listenHost: listen.host, listenPort: listen.port }),
    ...(mdns === undefined ? {} : { mdns }),
    ...(fixedPeers === undefined ? {} : { fixedPeers }),
  };
}
