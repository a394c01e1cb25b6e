import { randomUUID } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { adminAddress } from '../admin/admin-address.ts';
import { createAdminService } from './admin-service.ts';
import { createLedgerState } from './core/ledger-start.ts';
import { startAdminApi } from './io/admin-api/admin-api.ts';
import { ChangeNotice } from './io/change-notice.ts';
import { startClientApi } from './io/client-api/client-api.ts';
import { ClientPort } from './io/client-port.ts';
import { systemClock } from './io/clock.ts';
import { openDataDirectory, type DataDirectory } from './io/data-directory.ts';
import { type Identity, loadIdentity } from './io/identity.ts';
import { type OpenedLedger, openLedgerStore } from './io/load-ledger.ts';
import { type Log, openLog } from './io/log.ts';
import { LiveSettings, type SettingsOverride } from './io/node-settings-live.ts';
import { loadNodeSettings, saveNodeSettings } from './io/node-settings.ts';
import { MdnsDiscovery } from './io/peers/mdns-discovery.ts';
import { loadPairedServers, type PairedServers } from './io/peers/paired-servers.ts';
import { peerAlpn } from './io/peers/peer-message.ts';
import { Servers } from './io/peers/servers.ts';
import { RecentEvents } from './io/recent-events.ts';
import { createClientService, readFigures } from './io/runner-client-service.ts';
import { Runner } from './io/runner.ts';
import { ServingStatus } from './io/serving-status.ts';
import { Snapshots } from './io/snapshot.ts';
import { startUsagePruning } from './io/usage-pruning.ts';
import { demoVendorKeyId } from './licensing/demo.ts';
import {
  type AdminService,
  type LicenseNode,
  type NodeOptions,
  NodeStartFailure,
} from './license-node.ts';
import { StoreUnavailable } from './store.ts';

export interface NodePorts {
  /**
   * The store's thread died and what it was writing is unknown: the process must end and be started
   * again. Nothing that a client was told is lost.
   */
  onFatal: (error: Error) => void;
}

/** Steps that undo a start, the last one first. */
type Undo = (() => void | Promise<void>)[];

/**
 * Starts a licence server on a data directory.
 *
 * @throws {NodeStartFailure} why it cannot start; nothing was changed
 */
export async function createNode(options: NodeOptions, ports: NodePorts): Promise<LicenseNode> {
  const undo: Undo = [];
  const undoAll = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await start(options, ports, undo, undoAll);
  } catch (error) {
    await undoAll();
    throw error;
  }
}

interface Ground {
  directory: DataDirectory;
  stored: Awaited<ReturnType<typeof loadNodeSettings>>;
  log: Log;
  identity: Identity;
  paired: PairedServers;
  ledger: OpenedLedger;
}

/** What is on the disk, from the lock to the ledger. */
async function openGround(options: NodeOptions, ports: NodePorts, undo: Undo): Promise<Ground> {
  const directory = openDataDirectory(options.dataDirectory);
  undo.push(() => directory.release());
  const stored = await loadNodeSettings(directory.settingsFile);
  const log = openLog(directory.logFile, stored.logLevel);
  const identity = await loadIdentity(directory.path);
  const paired = await loadPairedServers(directory.pairedServersFile);
  const ledger = await openLedgerStore(
    { file: directory.ledgerFile, signingKeyPem: identity.keyPem, onDeath: ports.onFatal },
    options.startAnew ?? false,
    nowMs(),
  );
  undo.push(() => ledger.store.close());
  return { directory, stored, log, identity, paired, ledger };
}

async function start(
  options: NodeOptions,
  ports: NodePorts,
  undo: Undo,
  undoAll: () => Promise<void>,
): Promise<LicenseNode> {
  const ground = await openGround(options, ports, undo);
  const { directory, log, identity, ledger } = ground;
  const { runner, events } = await startRunner(options, ground);
  undo.push(() => runner.stop());
  const { admin, settings, servers, port, change } = assemble(options, ground, runner, events);
  undo.push(startUsagePruning({ store: ledger.store, settings, nowMs, log }));
  const address = adminAddress(directory.path);
  const adminApi = await startAdminApi({ service: admin, address, log });
  undo.push(
    () => adminApi.close(),
    () => change.close(),
    () => port.close(),
    () => servers.stop(),
  );
  servers.start();
  void port.open();
  log.info(`Server ${identity.id} ${options.version} started on ${directory.path}.`);
  return {
    id: identity.id,
    get name() {
      return settings.current.name;
    },
    listening: () => port.listening(),
    admin,
    adminAddress: address,
    noteFault: (error) => log.error('A fault that nothing caught', error),
    stop: undoAll,
  };
}

interface Parts {
  admin: AdminService;
  settings: LiveSettings;
  servers: Servers;
  port: ClientPort;
  change: ChangeNotice;
}

/** Joins the parts around the runner; nothing is started here. */
function assemble(
  options: NodeOptions,
  ground: Ground,
  runner: Runner,
  events: RecentEvents,
): Parts {
  const { directory, stored, log, identity, ledger } = ground;
  const { version, packaged } = options;
  const serverId = identity.id;
  const change = new ChangeNotice();
  const settings: LiveSettings = new LiveSettings({
    stored,
    override: overrideOf(options),
    apply: async (next) => {
      await port.reconfigure(next);
      log.setLevel(next.logLevel);
      change.note();
    },
    save: (next) => saveNodeSettings(directory.settingsFile, next),
  });
  const serving: ServingStatus = new ServingStatus({
    id: serverId,
    name: () => settings.current.name,
    listen: () => port.status(),
    storeFailure: () => runner.failure,
    nowMs,
  });
  const service = createClientService(runner, serving);
  const figures = () => readFigures(runner, serving);
  const peers = { alpn: peerAlpn, take: (socket: TLSSocket) => servers.take(socket) };
  const port: ClientPort = new ClientPort({
    settings: settings.current,
    start: (next) =>
      startClientApi({ identity, peers, service, figures, settings: next, version, log }),
    log,
    onChange: () => {
      servers.noteChange();
      change.note();
    },
  });
  const servers: Servers = makeServers(options, ground, {
    runner,
    settings,
    port,
    change,
  });
  runner.onChange(change.note);
  const snapshots = new Snapshots({
    serverId,
    version,
    packaged,
    demoVendorKeyId,
    startedAtMs: nowMs(),
    nowMs,
    state: () => runner.state,
    serving,
    settings,
    servers,
    events: () => events.newestFirst,
  });
  const { store } = ledger;
  const onChange = change.subscribe;
  const common = { serverId, packaged, runner, store, settings, snapshots, serving, nowMs, log };
  const admin = createAdminService({ ...common, servers, onChange });
  return { admin, settings, servers, port, change };
}

function makeServers(
  { version }: NodeOptions,
  { identity: keys, paired, log }: Ground,
  {
    runner,
    settings,
    port,
    change,
  }: Pick<Parts, 'settings' | 'port' | 'change'> & { runner: Runner },
): Servers {
  return new Servers({
    keys,
    version,
    paired,
    settings: () => settings.current,
    listen: () => port.status(),
    makeDiscovery: (interfaceName) => new MdnsDiscovery({ interfaceName, log }),
    clock: systemClock,
    random: Math.random,
    log,
    report: (note) => runner.notify({ type: 'incidentReported', ...note }),
    onChange: change.note,
  });
}

function nowMs(): number {
  return systemClock().wallMs;
}

async function startRunner(
  options: NodeOptions,
  ground: Ground,
): Promise<{ runner: Runner; events: RecentEvents }> {
  const { directory, identity, ledger, log } = ground;
  const runner = new Runner({
    store: ledger.store,
    clock: systemClock,
    log,
    start: createLedgerState(
      ledger.loaded,
      {
        serverId: identity.id,
        demoVendorKeyId,
        newLedgerId: randomUUID(),
        startMessage: `Understudy ${options.version} started.`,
      },
      systemClock(),
    ),
  });
  const events = new RecentEvents(ledger.loaded.recentEvents);
  runner.onChange((durable) => events.add(durable));
  if (ledger.setAside !== null) {
    runner.notify({
      type: 'incidentReported',
      kind: 'storeSetAside',
      severity: 'error',
      message:
        `The ledger was damaged and was put aside as ${ledger.setAside}; an empty one was begun. ` +
        'Import the licence files again.',
    });
  }
  try {
    // The new term must be durable before any token carries it.
    await runner.settled();
    return { runner, events };
  } catch (error) {
    await runner.stop();
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new NodeStartFailure(
      'DATA_DIRECTORY_UNUSABLE',
      `This server cannot write to ${directory.path}: ${error.message}.`,
    );
  }
}

function overrideOf({ name, listen, mdns, fixedPeers }: NodeOptions): SettingsOverride {
  return {
    ...(name === undefined ? {} : { name }),
    ...(listen === undefined ? {} : { listenHost: listen.host, listenPort: listen.port }),
    ...(mdns === undefined ? {} : { mdns }),
    ...(fixedPeers === undefined ? {} : { fixedPeers }),
  };
}
