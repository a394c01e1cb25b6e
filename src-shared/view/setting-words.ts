import type { NodeSettings } from '../model/node-settings.ts';
import type { RelationshipSettings } from '../model/relationship.ts';
import { hourMs, minuteMs } from '../model/time-units.ts';

/** What a setting of a server is called in a sentence. */
const nodeSettingWords: Record<keyof NodeSettings, string> = {
  name: 'server name',
  listenHost: 'listen address',
  listenPort: 'port',
  clientAddresses: 'addresses for applications',
  logLevel: 'log level',
  requestsPerSecondMax: 'requests per second and address',
  connectionsMax: 'open connections',
  usageKeptDays: 'days that usage records are kept',
  usageRecordsMax: 'usage records at most',
  usageMegabytesMax: 'megabytes of usage records at most',
  timelineEntriesMax: 'timeline entries at most',
  timelineMegabytesMax: 'megabytes of timeline entries at most',
  backupsKept: 'backups to keep',
  backupTime: 'time of the daily backup',
  backupFolder: 'folder for backups',
  mdns: 'search for servers on this network',
  mdnsInterface: 'network interface of the search for servers',
  fixedPeers: 'servers at fixed addresses',
};

/** What a setting of a relationship is called in a sentence. */
const relationshipSettingWords: Record<keyof RelationshipSettings, string> = {
  heartbeatMs: 'heartbeat',
  takeoverAfterMs: 'silence before a takeover',
  syncTimeoutMs: 'silence after which a server is not synchronised',
  reclaim: 'failing back',
  reclaimAfterMs: 'wait before failing back',
  reclaimHoldDownMaxMs: 'longest wait before failing back after repeated failures',
  coldStartWaitMs: 'wait for the partner at a start',
};

const emptyWords: Partial<Record<keyof NodeSettings, string>> = {
  clientAddresses: 'all of this computer',
  backupFolder: 'the data directory',
  mdnsInterface: 'all',
};

/** “port from 7470 to 7471”. */
export function describeSettingChange(
  key: keyof NodeSettings,
  before: NodeSettings,
  after: NodeSettings,
): string {
  const describe = (value: NodeSettings[keyof NodeSettings]) => {
    if (typeof value === 'boolean') return value ? 'on' : 'off';
    const text = Array.isArray(value) ? value.join(' ') : String(value);
    return text === '' ? (emptyWords[key] ?? 'none') : text;
  };
  return `${nodeSettingWords[key]} from ${describe(before[key])} to ${describe(after[key])}`;
}

/** “heartbeat from 250 ms to 1 s”, one entry for each setting that is another one afterwards. */
export function describeRelationshipSettings(
  before: RelationshipSettings,
  after: RelationshipSettings,
): string[] {
  const keys = Object.keys(relationshipSettingWords) as (keyof RelationshipSettings)[];
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => {
      const [from, to] = [describeValue(before[key]), describeValue(after[key])];
      return `${relationshipSettingWords[key]} from ${from} to ${to}`;
    });
}

function describeValue(value: RelationshipSettings[keyof RelationshipSettings]): string {
  if (typeof value === 'number') return describeSetTime(value);
  return value.includes('-') ? `between ${value.replace('-', ' and ')}` : value;
}

/** A time that somebody has set, to the millisecond: `250 ms`, `1.5 s`, `10 min`. */
function describeSetTime(ms: number): string {
  if (ms >= hourMs && ms % hourMs === 0) return `${ms / hourMs} h`;
  if (ms >= minuteMs && ms % minuteMs === 0) return `${ms / minuteMs} min`;
  return ms >= 1_000 || ms === 0 ? `${ms / 1_000} s` : `${ms} ms`;
}
