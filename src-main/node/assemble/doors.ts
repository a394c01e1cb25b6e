import type { Backups } from '../backup/backups.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { ConfigService } from '../config/config-service.ts';
import type { AdminService } from '../admin-api/admin-service.ts';
import type { LicenseFolder } from '../roll-out/license-folder.ts';
import type { StartClientApi } from '../client-api/client-port.ts';
import type { HistoryKeeping } from '../views/history-keeping.ts';
import { makeAdminDoor } from './admin-door.ts';
import { makeClientDoor } from './client-door.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';
import type { RelationshipLayer } from './relationship-layer.ts';
import type { ReplicaLayer } from './replica-layer.ts';
import type { ServingLayer } from './serving-layer.ts';

export type BelowDoors = Ground &
  Links &
  ReplicaLayer &
  ServingLayer &
  RelationshipLayer & {
    backups: Backups;
    config: ConfigService;
    keeping: HistoryKeeping;
    licenseFolder: LicenseFolder;
    notifier: Notifier;
  };

/** Where clients and admins come in. */
export interface Doors {
  startClientApi: StartClientApi;
  admin: AdminService;
  /** No admin is told of changes any more. */
  close(): void;
}

export function makeDoors(below: BelowDoors): Doors {
  return { startClientApi: makeClientDoor(below), ...makeAdminDoor(below) };
}
