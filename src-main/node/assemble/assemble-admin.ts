import { join } from 'node:path';
import { createAdminService } from '../admin-api/admin-handlers.ts';
import type { NodeParts } from './assemble-node.ts';
import { systemClock } from '../base/clock.ts';
import { Drill } from '../relationships/drill.ts';
import { PlannedChanges } from '../relationships/planned-changes.ts';
import { Snapshots } from '../views/snapshot.ts';
import { demoVendorKeyId } from '../licensing/demo.ts';
import type { AdminService } from '../admin-api/admin-service.ts';

/** What admins can do with a node, from its parts. */
export function assembleAdmin(parts: NodeParts): AdminService {
  const { replicas, servers, settings, journal, relationships, known } = parts;
  const { directory, opened, log } = parts.ground;
  const { orders } = parts;
  const changes = new PlannedChanges({
    replicas,
    servers: known,
    orders,
    clock: systemClock,
  });
  return createAdminService({
    packaged: parts.options.packaged,
    replicas,
    orders,
    relationships,
    changes,
    drill: new Drill({
      replicas,
      servers: known,
      changes,
      readiness: () => parts.readiness(),
      clock: systemClock,
      folder: join(directory.path, 'drills'),
      note: (note) => journal.note(note),
    }),
    store: opened.store,
    settings,
    servers,
    keyRotator: parts.keyRotator,
    snapshots: assembleSnapshots(parts),
    journal,
    log,
    onChange: parts.change.subscribe,
    onSettings: () => {
      servers.noteChange();
      replicas.learnNames();
    },
  });
}

function assembleSnapshots(parts: NodeParts): Snapshots {
  const { serverId, replicas, ledgerServers, serving, settings, servers, events } = parts;
  const { version, packaged } = parts.options;
  return new Snapshots({
    serverId,
    version,
    packaged,
    demoVendorKeyId,
    startedAtMs: parts.startedAtMs,
    nowMs: () => systemClock().wallMs,
    replicas,
    ledgerServers,
    relationship: () => parts.relationships.status(),
    readiness: () => parts.readiness(),
    serving,
    isOpen: () => parts.port.status().open,
    settings,
    servers,
    events: () => events.newestFirst,
  });
}
