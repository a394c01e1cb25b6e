import { expect, it } from 'vitest';
import { formatCsvLine } from '../../../src-shared/view/csv.ts';
import { machineConfigFile, userDirectory } from '../../../src-main/files/default-paths.ts';
import { formatPairs, formatTable } from '../../../src-main/cli/text/table.ts';
import { formatLocalTime, parseTime } from '../../../src-main/cli/text/time-text.ts';

it('aligns a table and lets nothing in it move the cursor', () => {
  expect(formatTable(['A', 'LONGER', 'C'], [['long cell', '\u001b[2J', ''], ['x']])).toBe(
    ['A          LONGER     C', 'long cell  \\u001b[2J', 'x'].join('\n'),
  );
  expect(
    formatPairs([
      ['Name', 'a\nb'],
      ['N', 'c'],
    ]),
  ).toBe('Name  a\\u000ab\nN     c');
});

it('writes CSV that no spreadsheet takes for a formula', () => {
  expect(formatCsvLine(['a,b', 'say "x"', 3, '=cmd|x', '-1', ''])).toBe(
    '"a,b","say ""x""",3,\'=cmd|x,\'-1,\r\n',
  );
});

it('reads times as a person writes them, and back', () => {
  const nowMs = Date.parse('2026-03-10T12:00:00Z');
  expect(parseTime('7d', nowMs, 'ago')).toBe(nowMs - 7 * 86_400_000);
  expect(parseTime('90m', nowMs, 'ahead')).toBe(nowMs + 90 * 60_000);
  expect(parseTime('2026-03-01T14:00:00Z', nowMs, 'ago')).toBe(Date.parse('2026-03-01T14:00Z'));
  const localMs = parseTime('2026-03-01', nowMs, 'ago') ?? 0;
  expect(formatLocalTime(localMs)).toBe('2026-03-01 00:00:00');
  expect(formatLocalTime(parseTime('2026-03-01 14:05', nowMs, 'ago') ?? 0)).toBe(
    '2026-03-01 14:05:00',
  );
});

it.each(['', 'now', '7', '7w', '2026-13-01', '2026-02-30', '2026-03-01T25:00', '1 March 2026'])(
  'does not take %j for a time',
  (text) => {
    expect(parseTime(text, 0, 'ago')).toBeNull();
  },
);

it('looks where each system keeps the files of an application', () => {
  const home = { homeDirectory: '/home/ann', env: {} };
  expect(userDirectory({ ...home, platform: 'linux' })).toBe('/home/ann/.config/Understudy');
  const env = { XDG_CONFIG_HOME: '/cfg' };
  expect(userDirectory({ ...home, env, platform: 'linux' })).toBe('/cfg/Understudy');
  expect(userDirectory({ ...home, platform: 'darwin' })).toBe(
    '/home/ann/Library/Application Support/Understudy',
  );
  const windows = { homeDirectory: 'C:\\Users\\ann', platform: 'win32' as const };
  expect(userDirectory({ ...windows, env: { LOCALAPPDATA: 'D:\\Local' } })).toBe(
    'D:\\Local\\Understudy',
  );
  expect(userDirectory({ ...windows, env: {} })).toBe('C:\\Users\\ann\\AppData\\Local\\Understudy');
  expect(machineConfigFile({ env: {}, platform: 'linux' })).toBe('/etc/understudy/client.json');
  expect(machineConfigFile({ env: {}, platform: 'win32' })).toBe(
    'C:\\Program Files\\Understudy\\client.json',
  );
  const of32Bits = { ProgramFiles: 'D:\\Programs (x86)', ProgramW6432: 'D:\\Programs' };
  expect(machineConfigFile({ env: of32Bits, platform: 'win32' })).toBe(
    'D:\\Programs\\Understudy\\client.json',
  );
});
