import { hostname } from 'node:os';
import { defaultPort } from '../../../src-shared/model/host-port.ts';
import {
  type NodeSettings,
  type NodeSettingsChange,
  nodeSettingsSchema,
} from '../../../src-shared/model/node-settings.ts';
import { describeSettingChange } from '../../../src-shared/view/setting-words.ts';
import { serverNameLengthMax } from '../../../src-shared/model/scalars.ts';
import { readKept } from '../base/kept-file.ts';
import { NodeStartFailure } from '../base/start-failure.ts';
import { writeWholeFile } from '../../files/whole-file.ts';

/** Settings of a server nobody has changed. */
export function defaultNodeSettings(): NodeSettings {
  return {
    name: hostname().slice(0, serverNameLengthMax) || 'understudy',
    listenHost: '0.0.0.0',
    listenPort: defaultPort,
    clientAddresses: [],
    logLevel: 'info',
    requestsPerSecondMax: 2_000,
    connectionsMax: 10_000,
    usageKeptDays: 1_100,
    usageRecordsMax: 2_000_000,
    usageMegabytesMax: 2_000,
    timelineEntriesMax: 100_000,
    timelineMegabytesMax: 200,
    backupsKept: 7,
    backupTime: '02:30',
    backupFolder: '',
    mdns: true,
    mdnsInterface: '',
    fixedPeers: [],
  };
}

/**
 * Reads the settings file; what it does not name has its default. A damaged file is left as it is.
 *
 * @throws {NodeStartFailure} SETTINGS_DAMAGED, DATA_DIRECTORY_UNUSABLE
 */
export async function loadNodeSettings(file: string): Promise<NodeSettings> {
  const defaults = defaultNodeSettings();
  const kept = await readKept(nodeSettingsSchema.partial(), file, {
    what: 'The settings',
    damaged: (cause) => damaged(file, cause),
  });
  return nodeSettingsSchema.parse({ ...defaults, ...kept });
}

export async function saveNodeSettings(file: string, settings: NodeSettings): Promise<void> {
  await writeWholeFile(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** The settings after a change; what it does not name stays. */
export function mergeNodeSettings(before: NodeSettings, change: NodeSettingsChange): NodeSettings {
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  return nodeSettingsSchema.parse({ ...before, ...given });
}

/** What differs, each as what comes after “Settings were changed: ”. */
export function describeSettingsChange(before: NodeSettings, after: NodeSettings): string[] {
  return nodeSettingsSchema
    .keyof()
    .options.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => describeSettingChange(key, before, after));
}

function damaged(file: string, cause: string): NodeStartFailure {
  return new NodeStartFailure(
    'SETTINGS_DAMAGED',
    `The settings ${file} are damaged (${cause}). Correct the file or put a backup in its place; or ` +
      'move it away to begin with the default settings. Licences and leases are not in it. Nothing ' +
      'was changed.',
  );
}
