import { defaultPort } from '../../../src-shared/model/host-port.ts';
import {
  clientAddressesMax,
  fixedPeersMax,
  nodeSettingsSchema,
  type NodeSettings,
  type NodeSettingsChange,
} from '../../../src-shared/model/node-settings.ts';
import { rangeOf, serverNameLengthMax } from '../../../src-shared/model/scalars.ts';
import { formatNumber } from '../../base/format.ts';

/** Settings of the server that are typed in on this tab. */
export type TypedSetting = Exclude<keyof NodeSettings, 'logLevel' | 'mdns'>;

interface SettingField {
  label: string;
  hint: string;
  kind: 'text' | 'number' | 'lines';
  /** What a value must be, as a sentence. */
  rule: string;
}

type NumberSetting = {
  [Name in keyof NodeSettings]: NodeSettings[Name] extends number ? Name : never;
}[keyof NodeSettings];

function ruleOf(name: NumberSetting, format: (value: number) => string = formatNumber): string {
  const { least, most } = rangeOf(nodeSettingsSchema.shape[name]);
  return `Type a whole number from ${format(least)} to ${format(most)}.`;
}

export const settingFields: Record<TypedSetting, SettingField> = {
  name: {
    label: 'Server name',
    hint: 'What admins and applications see.',
    kind: 'text',
    rule: `Type a name of 1 to ${serverNameLengthMax} characters.`,
  },
  listenHost: {
    label: 'Listen address',
    hint:
      'The address at which applications reach this server; 0.0.0.0 is all IPv4 addresses ' +
      'of this computer, :: all of both kinds.',
    kind: 'text',
    rule: 'Type a host name or an address, without a port and without brackets.',
  },
  listenPort: {
    label: 'Port',
    hint: `Applications expect ${defaultPort}. 0 takes any free port, another one at every start.`,
    kind: 'number',
    rule: ruleOf('listenPort', String),
  },
  clientAddresses: {
    label: 'Addresses for applications',
    hint:
      `One HOST:PORT a line, the best first, ${clientAddressesMax} at most: where applications reach this ` +
      'server. Empty: ' +
      'every address of this computer, and its name. For servers with a network of their own, ' +
      'behind a firewall, or with a name in the DNS.',
    kind: 'lines',
    rule: `Type one HOST:PORT a line, for example lic-a.example.com:7470; ${clientAddressesMax} at most.`,
  },
  requestsPerSecondMax: {
    label: 'Requests per second and address',
    hint: 'A client address that asks more often is told to wait (429).',
    kind: 'number',
    rule: ruleOf('requestsPerSecondMax'),
  },
  connectionsMax: {
    label: 'Open connections',
    hint: 'More than this at a time are refused.',
    kind: 'number',
    rule: ruleOf('connectionsMax'),
  },
  usageKeptDays: {
    label: 'Keep usage records for (days)',
    hint: 'Older records are deleted. Export them before, if you need them.',
    kind: 'number',
    rule: ruleOf('usageKeptDays'),
  },
  usageRecordsMax: {
    label: 'Usage records at most',
    hint: 'Sessions and refused requests. Beyond it the oldest are deleted.',
    kind: 'number',
    rule: ruleOf('usageRecordsMax'),
  },
  usageMegabytesMax: {
    label: 'Usage records at most (MB)',
    hint: 'About what they take on the disk. Beyond it the oldest are deleted.',
    kind: 'number',
    rule: ruleOf('usageMegabytesMax'),
  },
  timelineEntriesMax: {
    label: 'Timeline entries at most',
    hint: 'Beyond it the oldest are deleted.',
    kind: 'number',
    rule: ruleOf('timelineEntriesMax'),
  },
  timelineMegabytesMax: {
    label: 'Timeline entries at most (MB)',
    hint: 'About what they take on the disk. Beyond it the oldest are deleted.',
    kind: 'number',
    rule: ruleOf('timelineMegabytesMax'),
  },
  backupsKept: {
    label: 'Backups to keep',
    hint: 'One is made each day, read back, and the oldest ones deleted. 0: none is made.',
    kind: 'number',
    rule: ruleOf('backupsKept'),
  },
  backupTime: {
    label: 'Time of day',
    hint: 'By the clock of this computer. A backup that is missed is made as soon as it can be.',
    kind: 'text',
    rule: 'Type a time from 00:00 to 23:59, for example 02:30.',
  },
  backupFolder: {
    label: 'Folder',
    hint:
      'Best on another disk. The account that runs the server must be able to write there. Empty: in the ' +
      'data directory.',
    kind: 'text',
    rule: 'Type an absolute path, or leave it empty.',
  },
  mdnsInterface: {
    label: 'Network interface',
    hint: 'The interface or IPv4 address on which servers are searched for; empty: all of them.',
    kind: 'text',
    rule: 'Type an interface name or an IPv4 address, or leave it empty.',
  },
  fixedPeers: {
    label: 'Servers at fixed addresses',
    hint:
      `One HOST:PORT a line, ${fixedPeersMax} at most. Servers there are found even where the network lets no ` +
      'search pass.',
    kind: 'lines',
    rule: `Type one HOST:PORT a line, for example srv-b:7470; ${fixedPeersMax} at most.`,
  },
};

/** Why a setting cannot be changed in the window. */
export const fixedByCommandLine = 'Fixed by the command line for as long as this process runs.';

/** What was typed, by setting; what is not in it was not touched. */
export type SettingDrafts = Partial<Record<TypedSetting, string>>;

export interface ParsedDrafts {
  /** Only what differs from the settings in force. */
  change: NodeSettingsChange;
  problems: Partial<Record<TypedSetting, string>>;
}

/** What applying the drafts would change, and what is wrong with them. */
export function parseDrafts(drafts: SettingDrafts, settings: NodeSettings): ParsedDrafts {
  const parsed: ParsedDrafts = { change: {}, problems: {} };
  for (const [name, text] of Object.entries(drafts) as [TypedSetting, string][]) {
    const value = parseValue(name, text);
    if (value === undefined) parsed.problems[name] = settingFields[name].rule;
    else if (formatSetting(value) !== formatSetting(settings[name]))
      Object.assign(parsed.change, { [name]: value });
  }
  return parsed;
}

/** A setting as text to edit. */
export function formatSetting(value: NodeSettings[TypedSetting]): string {
  return Array.isArray(value) ? value.join('\n') : String(value);
}

function parseValue(name: TypedSetting, text: string): NodeSettings[TypedSetting] | undefined {
  const trimmed = text.trim();
  const { kind } = settingFields[name];
  if (kind === 'number' && !/^\d{1,9}$/.test(trimmed)) return undefined;
  const value =
    kind === 'number'
      ? Number(trimmed)
      : kind === 'lines'
        ? trimmed.split(/[\s,]+/).filter((line) => line !== '')
        : trimmed;
  const parsed = nodeSettingsSchema.shape[name].safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
