import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  DamagedMachineFile,
  findInstalledServer,
  serverOfSettings,
} from '../../../src-main/admin/installed-server.ts';
import { parseRegistryText } from '../../../src-main/files/registry.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

function find(content: string | null) {
  const file = join(makeTemporaryDirectory(), 'machine.json');
  if (content !== null) writeFileSync(file, content);
  return findInstalledServer({ platform: 'linux', env: { UNDERSTUDY_MACHINE_FILE: file } });
}

it('finds the server that a machine file names, and none without one', () => {
  expect(find('{"dataDirectory": "/var/lib/understudy"}')).toEqual({
    dataDirectory: '/var/lib/understudy',
  });
  expect(find(null)).toBeNull();
});

it.each(['', '{', '[]', '{"dataDirectory": ""}', '{"dataDirectory": 7}'])(
  'does not take the damaged machine file %j for the absence of a server',
  (content) => {
    expect(() => find(content)).toThrow(DamagedMachineFile);
    expect(() => find(content)).toThrow(/machine\.json.*Install Understudy again/);
  },
);

const exported = (lines: string[]) =>
  [
    'Windows Registry Editor Version 5.00',
    '',
    '[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Understudy\\Parameters]',
    ...lines,
    '',
  ].join('\r\n');

it.each([
  ['C:\\\\ProgramData\\\\Understudy\\\\', 'C:\\ProgramData\\Understudy'],
  ['D:\\\\Lizenzen Süd \\"1\\"', 'D:\\Lizenzen Süd "1"'],
  ['E:\\\\', 'E:\\'],
])('reads the settings of the service: %s', (value, dataDirectory) => {
  const text = exported(['"Listen"=""', `"DataDirectory"="${value}"`, '"SetupService"="1"']);
  expect(serverOfSettings(parseRegistryText(text))).toEqual({ dataDirectory });
});

it('finds none where the installation has no service', () => {
  const text = exported(['"DataDirectory"="C:\\\\Data"', '"SetupService"="0"']);
  expect(serverOfSettings(parseRegistryText(text))).toBeNull();
  expect(serverOfSettings(parseRegistryText(exported([])))).toBeNull();
});
