import { createAdminService } from '../admin-api/admin-handlers.ts';
import { ChangeNotice } from '../base/change-notice.ts';
import { systemClock } from '../base/clock.ts';
import { demoVendorKeyId } from '../licensing/demo.ts';
import { renewIdentity } from '../relationships/renew-identity.ts';
import { makeRequestFile } from '../relationships/request-file.ts';
import { RecentEvents } from '../views/recent-events.ts';
import { Snapshots } from '../views/snapshot.ts';
import type { BelowDoors, Doors } from './doors.ts';
import type { NodeEvent } from './node-events.ts';

/** After these an admin may see something else than before. */
const shown = [
  'storeChanged',
  'settingsChanged',
  'portChanged',
  'serversChanged',
  'activeChanged',
  'ledgerDropped',
] as const satisfies readonly NodeEvent['type'][];

/** What admins see of the node and can do with it. */
export function makeAdminDoor(below: BelowDoors): Pick<Doors, 'admin' | 'close'> {
  const { options, events } = below;
  const notice = new ChangeNotice();
  for (const type of shown) events.on(type, notice.note);
  const admin = createAdminService({
    ...below,
    packaged: options.packaged,
    requestFile: () => makeRequestFile(below),
    renewIdentity: (force) => renewIdentity(below, force),
    snapshots: makeSnapshots(below),
    onChange: notice.subscribe,
  });
  return { admin, close: () => notice.close() };
}

function makeSnapshots(below: BelowDoors): Snapshots {
  const { options, events, boots, loaded, port, relationships } = below;
  const startedMs = systemClock().monotonicMs;
  const recentEvents = new RecentEvents(loaded.recentEvents);
  events.on('timelineGrew', ({ entries }) => recentEvents.add(entries));
  return new Snapshots({
    ...below,
    version: options.version,
    packaged: options.packaged,
    demoVendorKeyId,
    uptimeMs: () => systemClock().monotonicMs - startedMs,
    nowMs,
    putBackMs: () => boots.putBackAtMs,
    relationships: () => relationships.statuses(),
    isOpen: () => port.isOpen,
    address: () => port.address(),
    events: () => recentEvents.newestFirst,
  });
}

function nowMs(): number {
  return systemClock().wallMs;
}
