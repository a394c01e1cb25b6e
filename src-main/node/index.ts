import { adminAddress } from '../admin/admin-address.ts';
import { startAdminApi } from './admin-api/admin-api.ts';
import type { AdminService } from './admin-api/admin-service.ts';
import { makeBackups } from './assemble/make-backups.ts';
import { makeConfig } from './assemble/make-config.ts';
import { makeNotifier } from './assemble/make-notifier.ts';
import { makeDoors } from './assemble/doors.ts';
import { type Ground, openGround, type UndoSteps } from './assemble/ground.ts';
import { makeHistoryKeeping } from './assemble/make-history-keeping.ts';
import { makeLicenseFolder } from './assemble/make-license-folder.ts';
import { type Links, makeLinks } from './assemble/links.ts';
import type { NodeOptions, NodePorts } from './assemble/node-options.ts';
import {
  makeRelationshipLayer,
  startRelationships,
  stopRelationships,
} from './assemble/relationship-layer.ts';
import { makeServingLayer } from './assemble/serving-layer.ts';
import {
  leaveReplicas,
  makeReplicaLayer,
  openReplicas,
  type ReplicaLayer,
} from './assemble/replica-layer.ts';

export type { NodeOptions, NodePorts };

/** A licence server that runs, as the process that started it sees it. */
export interface LicenseNode {
  readonly id: string;
  readonly name: string;
  /**
   * Resolves with the port when clients can connect. While the port is taken by another program the
   * node goes on trying and its snapshot says so.
   */
  listening(): Promise<{ host: string; port: number }>;
  readonly admin: AdminService;
  readonly adminAddress: string;
  /** Puts a fault that nothing caught into the server's log. */
  noteFault(error: unknown): void;
  /** Orderly stop: answers what is under way, closes the store, removes the socket. */
  stop(): Promise<void>;
}

/**
 * Starts a licence server on a data directory.
 *
 * @throws {NodeStartFailure} why it cannot start; nothing was changed
 */
export async function createNode(options: NodeOptions, ports: NodePorts): Promise<LicenseNode> {
  const undo: UndoSteps = [];
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

/** The layers are made from the ground up, and only then does anything happen in them. */
async function start(
  options: NodeOptions,
  ports: NodePorts,
  undo: UndoSteps,
  stop: () => Promise<void>,
): Promise<LicenseNode> {
  const ground = await openGround(options, ports, undo);
  const links = makeLinks(ground);
  const replicaLayer = makeReplicaLayer({ ...ground, ...links });
  const { relationshipLayer, above } = makeMiddle({ ...ground, ...links, ...replicaLayer });
  const backups = makeBackups({ ...ground, ...links });
  const keeping = makeHistoryKeeping({ ...ground, ...links, ...replicaLayer });
  const { config, work } = makeConfig(above);
  const licenseFolder = makeLicenseFolder(above);
  const notifier = makeNotifier(above);
  const doors = makeDoors({ ...above, backups, config, keeping, licenseFolder, notifier });
  tellOwnEvents(ground, ports);

  const { directory, log, serverId: id } = ground;
  const { settings, servers, port } = links;
  const { admin } = doors;
  undo.push(async () => {
    // What is not durable is told to nobody; the ground says why it could not be written.
    await ground.commits.settled().catch(() => undefined);
    await notifier.stop();
  });
  undo.push(() => {
    replicaLayer.damaged.stop();
    replicaLayer.replicas.stop();
  });
  await openReplicas({ ...ground, servers }, replicaLayer);
  await keeping.start();
  undo.push(() => keeping.stop());
  await backups.start();
  undo.push(() => backups.stop());
  const address = adminAddress(directory.path);
  const adminApi = await startAdminApi({
    ...{ service: admin, address, log, admitGroup: options.admitGroup ?? false },
    onStopAsked: () => {
      log.info('An admin has this server stopped.');
      ports.onStopAsked();
    },
  });
  undo.push(
    () => adminApi.close(),
    () => doors.close(),
    () => port.close(),
    () => servers.stop(),
    () => stopRelationships(relationshipLayer),
    () => work.stop(),
    () => licenseFolder.stop(),
    // First of all: another server takes over while this one can still send clients there.
    () => leaveReplicas(ground, replicaLayer),
  );
  servers.start();
  startRelationships(relationshipLayer);
  work.start();
  await licenseFolder.start();
  // Last, without a wait after it: whoever starts a server listens to what becomes of the port from here on.
  void port.open(doors.startClientApi);
  log.info(`Server ${id} ${options.version} started on ${directory.path}.`);
  return {
    id,
    get name() {
      return settings.current.name;
    },
    listening: () => port.listening(),
    admin,
    adminAddress: address,
    noteFault: (error) => log.error('A fault that nothing caught', error),
    stop,
  };
}

/** What stands between the ledgers of this server and its doors. */
function makeMiddle(below: Ground & Links & ReplicaLayer) {
  const served = { ...below, ...makeServingLayer(below) };
  const relationshipLayer = makeRelationshipLayer(served);
  return { relationshipLayer, above: { ...served, ...relationshipLayer } };
}

/** Entries that another server recorded are in its own system's log. */
function tellOwnEvents({ events, serverId }: Ground, { onEvent }: NodePorts): void {
  if (!onEvent) return;
  events.on('timelineGrew', ({ entries }) => {
    for (const entry of entries) if (entry.server === serverId) onEvent(entry);
  });
}
