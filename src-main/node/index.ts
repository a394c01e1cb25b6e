import { adminAddress } from '../admin/admin-address.ts';
import { startAdminApi } from './admin-api/admin-api.ts';
import { systemClock } from './base/clock.ts';
import { openDataDirectory } from './base/data-directory.ts';
import { type Identity, loadIdentity } from './identity/identity.ts';
import type { Journal } from './replicas/journal.ts';
import { openLedgerStore } from './store/load-ledger.ts';
import { openLog } from './base/log.ts';
import { loadNodeSettings } from './settings/node-settings.ts';
import { keepsLedgersAlone } from './store/kept-alone.ts';
import { loadPairedServers } from './peers/pairing/paired-servers.ts';
import { startUsagePruning } from './views/usage-pruning.ts';
import type { LicenseNode, NodeOptions } from './license-node.ts';
import { NodeStartFailure } from './base/start-failure.ts';
import { type Ground, NodeParts } from './assemble/assemble-node.ts';
import { StoreUnavailable } from './store/store.ts';

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

/** What is on the disk, from the lock to the ledgers. */
async function openGround(options: NodeOptions, ports: NodePorts, undo: Undo): Promise<Ground> {
  const directory = openDataDirectory(options.dataDirectory);
  undo.push(() => directory.release());
  const stored = await loadNodeSettings(directory.settingsFile);
  const log = openLog(directory.logFile, stored.logLevel);
  const identity = await loadIdentity(directory.path, {
    mayTakeNextKey: () => keepsLedgersAlone(directory.ledgerFile),
  });
  const paired = await loadPairedServers(directory.pairedServersFile);
  const opened = await openLedgerStore(
    {
      file: directory.ledgerFile,
      serverId: identity.id,
      formerIds: [...identity.formerKeys.keys()],
      signingKeyPem: identity.keyPem,
      onDeath: ports.onFatal,
    },
    options.startAnew ?? false,
    systemClock().wallMs,
  );
  undo.push(() => opened.store.close());
  return { directory, stored, log, identity, paired, opened };
}

async function start(
  options: NodeOptions,
  ports: NodePorts,
  undo: Undo,
  undoAll: () => Promise<void>,
): Promise<LicenseNode> {
  const ground = await openGround(options, ports, undo);
  const { directory, log, identity, opened } = ground;
  const parts = new NodeParts(options, ground);
  const { admin, settings, servers, port, change } = parts;
  undo.push(() => stopLedgers(parts, ground));
  await openLedgers(parts, ground, options);
  const nowMs = () => systemClock().wallMs;
  undo.push(startUsagePruning({ store: opened.store, settings, nowMs, log }));
  const address = adminAddress(directory.path);
  const adminApi = await startAdminApi({ service: admin, address, log });
  undo.push(
    () => adminApi.close(),
    () => change.close(),
    () => port.close(),
    () => servers.stop(),
    () => stopWatching(parts),
    // First of all: another server takes over while this one can still send clients there.
    () => leave(parts),
  );
  servers.start();
  parts.reconciler.start();
  parts.readinessWatch.start();
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

/** Takes the ledgers up; what their start has to write must be durable before anybody is answered. */
async function openLedgers(
  { replicas, damaged, commits, journal }: NodeParts,
  { directory, identity, opened }: Ground,
  { version }: NodeOptions,
): Promise<void> {
  noteKey(journal, identity);
  journal.note({
    kind: 'serverStarted',
    severity: 'info',
    message: `Understudy ${version} started.`,
  });
  if (opened.setAside !== null) {
    journal.note({
      kind: 'storeSetAside',
      severity: 'error',
      message:
        `The ledger was damaged and was put aside as ${opened.setAside}; an empty one was begun. ` +
        'Import the licence files again.',
    });
  }
  replicas.open(opened.loaded.ledgers);
  damaged.start();
  try {
    await commits.settled();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new NodeStartFailure(
      'DATA_DIRECTORY_UNUSABLE',
      `This server cannot write to ${directory.path}: ${error.message}.`,
    );
  }
}

/** Says when the server is another one than before, or was to be. */
function noteKey(journal: Journal, { id, formerKeys, nextKey }: Identity): void {
  const formerId = [...formerKeys.keys()].at(-1);
  // The journal of a new id begins with the first start that had the new key.
  if (formerId !== undefined && journal.sequence === 0) {
    journal.note({
      kind: 'settingsChanged',
      severity: 'warning',
      message: `This server has a new key: its id is ${id} and was ${formerId}.`,
    });
  }
  if (nextKey === null) return;
  journal.note({
    kind: 'settingsChanged',
    severity: 'warning',
    message:
      'The new key that was ordered is not in use, since this server is in a relationship or a ' +
      'witness. Dissolve that and start the server again.',
  });
}

/** Longest wait for another server to take over in an orderly stop. */
const leaveMsMax = 2_500;

/** An orderly stop: another server takes over what this one serves, if one can. */
async function leave({ replicas, journal }: NodeParts): Promise<void> {
  journal.note({
    kind: 'serverStopped',
    severity: 'info',
    message: 'This server was stopped in an orderly way.',
  });
  await replicas.leave(leaveMsMax);
}

function stopWatching({ reconciler, readinessWatch, history, damaged }: NodeParts): void {
  damaged.stop();
  reconciler.stop();
  readinessWatch.stop();
  history.stop();
}

async function stopLedgers({ replicas, commits }: NodeParts, { log }: Ground): Promise<void> {
  replicas.stop();
  await commits.settled().catch((error: unknown) => {
    log.error(`The last changes could not be written: ${String(error)}`);
  });
  commits.stop();
}
