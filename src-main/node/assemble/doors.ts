import { networkInterfaces } from 'node:os';
import { systemClock } from '../base/clock.ts';
import type { Backups } from '../backup/backups.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { ConfigService } from '../config/config-service.ts';
import type { AdminService } from '../admin-api/admin-service.ts';
import type { LicenseFolder } from '../roll-out/license-folder.ts';
import type { StartClientApi } from '../client-api/client-port.ts';
import { LedgerServers } from '../serving/ledger-servers.ts';
import { ServingStatus } from '../serving/serving-status.ts';
import type { HistoryKeeping } from '../views/history-keeping.ts';
import { makeAdminDoor } from './admin-door.ts';
import { makeClientDoor } from './client-door.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';
import type { RelationshipLayer } from './relationship-layer.ts';
import type { ReplicaLayer } from './replica-layer.ts';

export type BelowDoors = Ground &
  Links &
  ReplicaLayer &
  RelationshipLayer & {
    backups: Backups;
    config: ConfigService;
    keeping: HistoryKeeping;
    licenseFolder: LicenseFolder;
    notifier: Notifier;
  };

/** How this server stands to the world: who serves what, as clients and admins are both told. */
export interface Standing {
  ledgerServers: LedgerServers;
  serving: ServingStatus;
}

/** Where clients and admins come in. */
export interface Doors {
  startClientApi: StartClientApi;
  admin: AdminService;
  /** No admin is told of changes any more. */
  close(): void;
}

export function makeDoors(below: BelowDoors): Doors {
  const standing = makeStanding(below);
  return { startClientApi: makeClientDoor(below, standing), ...makeAdminDoor(below, standing) };
}

function makeStanding({
  events,
  serverId,
  commits,
  port,
  servers,
  replicas,
  missing,
}: BelowDoors): Standing {
  const nowMs = () => systemClock().wallMs;
  const isOpen = () => port.isOpen;
  const ledgerServers = new LedgerServers({
    serverId,
    nowMs,
    nameOf: (id) => servers.nameOf(id),
    addressesOf: (id) => servers.clientAddressesOf(id),
    interfaces: networkInterfaces,
    isOpen,
  });
  const serving = new ServingStatus({
    replicas,
    ledgerServers,
    listen: () => port.status(),
    storeFailure: () => commits.failure,
    missing: () => missing.status(),
    nowMs,
  });
  events.on('activeChanged', () => serving.note());
  events.on('settingsChanged', ledgerServers.forget);
  events.on('portChanged', ledgerServers.forget);
  events.on('serversChanged', ledgerServers.forget);
  return { ledgerServers, serving };
}
