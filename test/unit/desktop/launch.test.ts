import { expect, test } from 'vitest';
import { deriveCommandLine } from '../../../src-main/desktop/start/launch.ts';

const exe = '/opt/understudy';

test.each([
  [[exe], null],
  [[exe, '--hidden'], null],
  [[exe, '--user-data-dir=/d', '--no-sandbox'], null],
  [
    [exe, 'status', '--json'],
    ['status', '--json'],
  ],
  [
    [exe, '--no-sandbox', 'serve', '--data-dir', '/d'],
    ['serve', '--data-dir', '/d'],
  ],
  [
    [exe, '--no-sandbox', '--data-dir', '/d', '--json', 'status'],
    ['--data-dir', '/d', '--json', 'status'],
  ],
  [
    [exe, '--data-dir=/d', 'status'],
    ['--data-dir=/d', 'status'],
  ],
  [[exe, '--data-dir', '/d'], null],
  [[exe, '--help'], ['--help']],
  [[exe, '--version'], ['--version']],
  [
    [exe, 'client', 'run', '--', 'app', '--hidden'],
    ['client', 'run', '--', 'app', '--hidden'],
  ],
])('packaged: %j', (argv, expected) => {
  expect(deriveCommandLine(argv, true)).toEqual(expected);
});

test.each([
  [['electron', '.'], null],
  [['electron', '--no-sandbox', '/checkout', '--hidden'], null],
  [['electron', '.', '--user-data-dir=/d', 'status'], ['status']],
  [
    ['electron', '--disable-gpu', '.', 'status', '--json'],
    ['status', '--json'],
  ],
])('in a checkout: %j', (argv, expected) => {
  expect(deriveCommandLine(argv, false)).toEqual(expected);
});
