import { systemActor } from '../../../src-shared/model/actor.ts';
import { systemClock } from '../base/clock.ts';
import { LicenseFolder } from '../roll-out/license-folder.ts';
import { SeenFiles } from '../roll-out/seen-files.ts';
import type { Ground } from './ground.ts';
import type { RelationshipLayer } from './relationship-layer.ts';
import type { ReplicaLayer } from './replica-layer.ts';

/** The folder from which this server takes licence files by itself. */
export function makeLicenseFolder({
  directory,
  events,
  serverId,
  replicas,
  orders,
  journal,
  log,
}: Ground & ReplicaLayer & RelationshipLayer): LicenseFolder {
  return new LicenseFolder({
    folder: directory.licenseFolder,
    seen: new SeenFiles(directory.licenseFolderFile),
    importFile: (file) => orders.importFile(file, systemActor(serverId)),
    keyIds: () => {
      const trusted = replicas.all().flatMap(({ ledger }) => [...ledger.vendors.keys()]);
      return [...new Set(trusted)].sort();
    },
    nowMs: () => systemClock().wallMs,
    note: (note) => journal.note(note),
    log,
    onChange: () => events.emit({ type: 'storeChanged' }),
  });
}
