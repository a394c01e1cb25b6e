import { expect, it } from 'vitest';
import { defaultNodeSettings } from '../../../src-main/node/settings/node-settings.ts';
import { licenseGrantSchema } from '../../../src-shared/model/license.ts';
import { nodeSettingsSchema, type NodeSettings } from '../../../src-shared/model/node-settings.ts';
import {
  relationshipSettingsDefault,
  type RelationshipSettings,
} from '../../../src-shared/model/relationship.ts';
import {
  describeFieldChanges,
  describeFieldValue,
  labelField,
} from '../../../src-shared/view/license-field-words.ts';
import {
  describeRelationshipSettings,
  describeSettingChange,
} from '../../../src-shared/view/setting-words.ts';

/** The name of a field of the program: two words in one, such as listenPort. */
const rawName = /\b[a-z]+[A-Z]\w*/;

it('has words for what a version of a licence can change, and for every value', () => {
  const fields = licenseGrantSchema
    .keyof()
    .options.filter((key) => !['format', 'id'].includes(key));
  for (const field of fields) {
    expect(labelField(field)).not.toBe(field);
    const sentence = describeFieldChanges([{ field, from: 'none', to: '7' }]);
    expect(sentence).not.toMatch(rawName);
  }
  expect(
    describeFieldChanges([
      { field: 'units', from: '200', to: '250' },
      { field: 'expires', from: '2027-06-30T00:00:00Z', to: 'none' },
      { field: 'servers', from: 'any', to: `${'a'.repeat(64)}, ${'b'.repeat(64)}` },
      { field: 'majorityRule', from: 'false', to: 'true' },
      { field: 'ttlSeconds', from: '1', to: '60' },
    ]),
  ).toBe(
    'seats from 200 to 250, end from 2027-06-30 to permanent, ' +
      'servers from any to aaaaaaaaaaaa, bbbbbbbbbbbb, majority rule from no to yes, ' +
      'time that a seat is kept from 1 second to 60 seconds',
  );
  expect(describeFieldValue('trialDays', 'none')).toBe('no trial');
});

it('shows a field as it is that only a newer server knows', () => {
  expect(labelField('colour')).toBe('colour');
  expect(
    describeFieldChanges([{ field: 'colour', from: 'none', to: '2027-06-30T00:00:00Z' }]),
  ).toBe('colour from none to 2027-06-30T00:00:00Z');
});

it('has words for every setting of a server', () => {
  const before: NodeSettings = { ...defaultNodeSettings(), name: 'SRV-A' };
  const after: NodeSettings = {
    ...{ name: 'SRV-B', listenHost: '::', listenPort: 7471, clientAddresses: ['srv-b:7471'] },
    ...{ logLevel: 'debug', requestsPerSecondMax: 500, connectionsMax: 100, usageKeptDays: 30 },
    ...{ usageRecordsMax: 2_000, usageMegabytesMax: 20, timelineEntriesMax: 20_000 },
    ...{ timelineMegabytesMax: 30 },
    ...{ backupsKept: 0, backupTime: '03:00', backupFolder: '/backup', mdns: false },
    ...{ mdnsInterface: 'eth0', fixedPeers: ['srv-a:7470', 'srv-c:7470'] },
  };
  const sentences = nodeSettingsSchema
    .keyof()
    .options.map((key) => describeSettingChange(key, before, after));
  for (const sentence of sentences) expect(sentence).not.toMatch(rawName);
  expect(sentences).toContain('port from 7470 to 7471');
  expect(sentences).toContain('search for servers on this network from on to off');
  expect(sentences).toContain('folder for backups from the data directory to /backup');
  expect(sentences).toContain('servers at fixed addresses from none to srv-a:7470 srv-c:7470');
});

it('has words for every setting of a relationship', () => {
  const after: RelationshipSettings = {
    ...{ heartbeatMs: 1_500, takeoverAfterMs: 60_000, syncTimeoutMs: 500, reclaim: '22:00-04:00' },
    ...{ reclaimAfterMs: 3_600_000, reclaimHoldDownMaxMs: 0, coldStartWaitMs: 1_000 },
  };
  const sentences = describeRelationshipSettings(relationshipSettingsDefault, after);
  expect(sentences).toHaveLength(Object.keys(after).length);
  for (const sentence of sentences) expect(sentence).not.toMatch(rawName);
  expect(sentences[0]).toBe('heartbeat from 250 ms to 1.5 s');
  expect(sentences).toContain('silence before a takeover from 3 s to 1 min');
  expect(sentences).toContain('failing back from automatic to between 22:00 and 04:00');
  expect(sentences).toContain('wait before failing back from 10 s to 1 h');
  expect(describeRelationshipSettings(after, after)).toEqual([]);
});
