import { localAdmin } from '../base/local-admin.ts';
import { systemClock } from '../base/clock.ts';
import { ConfigService } from '../config/config-service.ts';
import { UnattendedWork } from '../config/unattended-work.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';
import type { RelationshipLayer } from './relationship-layer.ts';
import type { ReplicaLayer } from './replica-layer.ts';

/** Configuration files, and what they have this server do by itself. */
export interface Configuration {
  config: ConfigService;
  work: UnattendedWork;
}

export function makeConfig(
  below: Ground & Links & ReplicaLayer & RelationshipLayer,
): Configuration {
  const { events, journal, log, orders, relationships, replicas, servers, settings } = below;
  const { serverId: ownId, unattended: file, options } = below;
  const nowMs = () => systemClock().wallMs;
  const note = (entry: Parameters<typeof journal.note>[0]) => journal.note(entry);
  const work = new UnattendedWork({
    ownId,
    file,
    trust: (content) => orders.adminHandlers()['vendor.trust']({ content }),
    servers,
    relationships,
    nowMs,
    note,
    log,
  });
  events.on('linkReported', ({ event }) => {
    if (event.type === 'connected') work.poke();
  });
  if (options.configRefused !== undefined) {
    journal.note({ kind: 'configRefused', severity: 'error', message: options.configRefused });
  }
  const config = new ConfigService({
    ownId,
    file,
    settings,
    vendors: () => [...replicas.own().ledger.vendors.values()],
    paired: below.paired,
    relationships,
    work,
    nowMs,
    note,
    admin: localAdmin(ownId),
  });
  return { config, work };
}
