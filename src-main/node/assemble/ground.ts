import type { Actor } from '../../../src-shared/model/actor.ts';
import type { NodeSettings } from '../../../src-shared/model/node-settings.ts';
import type { NotifySettings } from '../../../src-shared/model/notify.ts';
import { systemClock } from '../base/clock.ts';
import { type DataDirectory, openDataDirectory } from '../base/data-directory.ts';
import { localAdmin } from '../base/local-admin.ts';
import { type Log, openLog } from '../base/log.ts';
import { beginBoot, type Boots, type LedgerBoot } from '../identity/boots.ts';
import { type Identity, loadIdentity } from '../identity/identity.ts';
import { loadPairedServers, type PairedServers } from '../peers/pairing/paired-servers.ts';
import { type DissolvedLedgers, loadDissolved } from '../replicas/dissolved-ledgers.ts';
import { loadNotifySettings } from '../notify/notify-file.ts';
import { loadNodeSettings } from '../settings/node-settings.ts';
import { loadUnattended, type UnattendedFile } from '../settings/unattended-file.ts';
import { prepareConfig } from '../config/prepare-config.ts';
import { CommitQueue } from '../store/commit-queue.ts';
import type { DataLoss } from '../store/data-loss.ts';
import { Journal } from '../store/journal.ts';
import { keepsLedgersAlone } from '../store/kept-alone.ts';
import { openLedgerStore } from '../store/load-ledger.ts';
import type { LoadedStore, Store } from '../store/store.ts';
import { NodeEvents } from './node-events.ts';
import type { NodeOptions, NodePorts } from './node-options.ts';
import { type RenewedIdentity, takeRenewedIdentity } from '../relationships/renew-identity.ts';

/** What is on the disk of a server, and how it is written. */
export interface Ground {
  options: NodeOptions;
  events: NodeEvents;
  serverId: string;
  /** Who orders something over the admin socket. */
  admin: Actor;
  directory: DataDirectory;
  log: Log;
  storedSettings: NodeSettings;
  /** What a configuration file has this server do. */
  unattended: UnattendedFile;
  storedNotify: NotifySettings;
  identity: Identity;
  paired: PairedServers;
  /** Of this server, begun with the present one. */
  boots: Boots;
  /** A new identity that was taken into use at this start. */
  renewed: RenewedIdentity | null;
  store: Store;
  /** What the store had when it was opened. */
  loaded: LoadedStore;
  /** Name of the file that holds a damaged ledger, when one was put aside. */
  setAside: string | null;
  /** What this server has lost and neither got back nor given up yet. */
  dataLoss: DataLoss | null;
  /** Relationships that an admin dissolved here. */
  dissolved: DissolvedLedgers;
  commits: CommitQueue;
  journal: Journal;
}

/** Steps that undo what was begun, the last one first. */
export type UndoSteps = (() => void | Promise<void>)[];

/** @throws {NodeStartFailure} why it cannot be opened; nothing was changed */
export async function openGround(
  options: NodeOptions,
  ports: NodePorts,
  undo: UndoSteps,
): Promise<Ground> {
  const directory = openDataDirectory(options.dataDirectory);
  undo.push(() => directory.release());
  const stored = await readStored(directory, options);
  const log = openLog(directory.logFile, stored.storedSettings.logLevel);
  const renewed = await takeRenewedIdentity(directory, systemClock().wallMs);
  const identity = await loadIdentity(directory.path, {
    mayTakeNextKey: () => keepsLedgersAlone(directory.ledgerFile),
  });
  const { id: serverId } = identity;
  const paired = await loadPairedServers(directory.pairedServersFile);
  const dissolved = await loadDissolved(directory.dissolvedFile, log);
  undo.push(() => dissolved.settled());
  const opened = await openLedgerStore(
    {
      file: directory.ledgerFile,
      dataLossFile: directory.dataLossFile,
      serverId,
      formerIds: [...identity.formerKeys.keys()],
      signingKeyPem: identity.keyPem,
      onDeath: ports.onFatal,
    },
    options.startAnew ?? false,
    systemClock().wallMs,
  );
  undo.push(() => opened.store.close());
  const { store, loaded } = opened;
  const ledger: LedgerBoot = {
    boot: loaded.boot,
    isNew: loaded.ledgers.length === 0,
    store: (boot) => store.storeBoot(boot),
  };
  const events = new NodeEvents();
  const boots = await beginBoot(directory.bootsFile, ledger, {
    nowMs: systemClock().wallMs,
    onStored: () => events.emit({ type: 'bootStored' }),
  });
  undo.push(() => boots.settled());
  const commits = makeCommits(opened.store, log, events);
  undo.push(() => stopWriting(commits, log), watchFile(opened.store, commits));
  const journal = new Journal({
    serverId,
    sequence: opened.loaded.journal[serverId] ?? 0,
    clock: systemClock,
    commits,
    log,
    onGrown: () => events.emit({ type: 'journalGrew' }),
  });
  return {
    options,
    events,
    serverId,
    admin: localAdmin(serverId),
    directory,
    log,
    ...stored,
    identity,
    paired,
    boots,
    renewed,
    ...opened,
    dissolved,
    commits,
    journal,
  };
}

/** What admins have set, and a configuration file that is applied now. */
async function readStored(
  directory: DataDirectory,
  { config }: NodeOptions,
): Promise<Pick<Ground, 'storedSettings' | 'unattended' | 'storedNotify'>> {
  if (config) await prepareConfig(directory, config);
  return {
    storedSettings: await loadNodeSettings(directory.settingsFile),
    unattended: await loadUnattended(directory.unattendedFile),
    storedNotify: await loadNotifySettings(directory.notifyFile),
  };
}

function makeCommits(store: Store, log: Log, events: NodeEvents): CommitQueue {
  return new CommitQueue({
    store,
    log,
    onFailed: (ledger, number) => events.emit({ type: 'writesLost', ledger, number }),
    onUnwritable: () => events.emit({ type: 'storeUnwritable' }),
    onRecovered: (how) => events.emit({ type: 'storeRecovered', how }),
    onEvents: (entries) => events.emit({ type: 'timelineGrew', entries }),
    onChange: () => events.emit({ type: 'storeChanged' }),
  });
}

/** How often it is looked whether the ledger file is still there when nothing is written. */
const fileCheckMs = 2_000;

/** Returns the end of it. */
function watchFile(store: Store, commits: CommitQueue): () => void {
  const timer = setInterval(() => {
    store.check().catch((error: unknown) => commits.noteFailure(error));
  }, fileCheckMs);
  return () => clearInterval(timer);
}

async function stopWriting(commits: CommitQueue, log: Log): Promise<void> {
  await commits.settled().catch((error: unknown) => {
    log.error(`The last changes could not be written: ${String(error)}`);
  });
  commits.stop();
}
