import { expect, test } from 'vitest';
import { makeSettings } from '../../support/snapshot-builders.ts';
import {
  parseDrafts,
  settingFields,
  type TypedSetting,
} from '../../../src-renderer/tabs/settings/setting-fields.ts';

const settings = makeSettings();

test('what is typed and differs is a change; what is the same is none', () => {
  expect(parseDrafts({ name: ' SRV-B ', listenPort: '7470' }, settings)).toEqual({
    change: { name: 'SRV-B' },
    problems: {},
  });
  expect(parseDrafts({}, settings)).toEqual({ change: {}, problems: {} });
  const peers = { ...settings, fixedPeers: ['srv-b:7470'] };
  expect(parseDrafts({ fixedPeers: 'srv-b:7470\n' }, peers)).toEqual({ change: {}, problems: {} });
  expect(parseDrafts({ fixedPeers: '' }, peers).change).toEqual({ fixedPeers: [] });
});

test.each<[TypedSetting, string]>([
  ['name', ''],
  ['name', 'x'.repeat(64)],
  ['listenHost', 'bad host'],
  ['listenHost', '[::1]'],
  ['listenPort', '70000'],
  ['listenPort', '-1'],
  ['listenPort', '80.5'],
  ['listenPort', '1e3'],
  ['listenPort', ''],
  ['requestsPerSecondMax', '9'],
  ['connectionsMax', '65537'],
  ['usageKeptDays', '29'],
  ['backupsKept', '366'],
  ['backupTime', '24:00'],
  ['backupTime', '2:30'],
  ['backupFolder', 'backups'],
  ['backupFolder', '../backups'],
  ['usageKeptDays', '99999999999999999999'],
  ['mdnsInterface', 'eth\t0'],
  ['fixedPeers', 'srv-b'],
  ['clientAddresses', 'lic-a'],
  ['fixedPeers', Array.from({ length: 33 }, (_, i) => `10.0.0.${i}:7470`).join('\n')],
])('%s “%s” is refused with the rule, and changes nothing', (name, text) => {
  expect(parseDrafts({ [name]: text }, settings)).toEqual({
    change: {},
    problems: { [name]: settingFields[name].rule },
  });
});

test.each<[TypedSetting, string, string | number | string[]]>([
  ['listenHost', '::', '::'],
  ['listenHost', 'fe80::1%eth0', 'fe80::1%eth0'],
  ['listenPort', '0', 0],
  ['listenPort', '65535', 65_535],
  ['usageKeptDays', '3650', 3_650],
  ['mdnsInterface', 'eth0', 'eth0'],
  ['mdnsInterface', 'vEthernet (LAN)', 'vEthernet (LAN)'],
  ['mdnsInterface', ' 以太网 2', '以太网 2'],
  ['fixedPeers', '27000@srv-b https://srv-c:7471/', ['srv-b:27000', 'srv-c:7471']],
  [
    'fixedPeers',
    ' srv-b:7470\n\n[::1]:7471, srv-c:7470 ',
    ['srv-b:7470', '[::1]:7471', 'srv-c:7470'],
  ],
])('%s “%s” is taken', (name, text, value) => {
  expect(parseDrafts({ [name]: text }, settings)).toEqual({
    change: { [name]: value },
    problems: {},
  });
});
