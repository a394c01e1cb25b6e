import { expect, test } from 'vitest';
import { describeClock } from '../../../src-shared/view/describe-clock.ts';
import { hostPortSchema } from '../../../src-shared/model/scalars.ts';
import {
  describeConnection,
  describeNextStep,
  describeRole,
} from '../../../src-renderer/tabs/servers/describe-server.ts';
import { findNewlyPaired, formatCountdown } from '../../../src-renderer/tabs/servers/invitation.ts';
import { parseAddress } from '../../../src-renderer/tabs/servers/parse-address.ts';
import { pairNodes } from '../../support/renderer-harness/fixture-pair.ts';

const { servers } = pairNodes.paired;
const [backup, witness, ended, found] = servers as [
  (typeof servers)[number],
  (typeof servers)[number],
  (typeof servers)[number],
  (typeof servers)[number],
];

test.each([
  ['srv-b', 'srv-b:7470'],
  ['  srv-b:7471 ', 'srv-b:7471'],
  ['10.0.0.7', '10.0.0.7:7470'],
  ['fe80::1', '[fe80::1]:7470'],
  ['[fe80::1]', '[fe80::1]:7470'],
  ['[fe80::1]:7471', '[fe80::1]:7471'],
  ['27000@srv-b', 'srv-b:27000'],
  ['@srv-b', 'srv-b:7470'],
  ['7471@fe80::1', '[fe80::1]:7471'],
  ['https://srv-b:7471/healthz', 'srv-b:7471'],
  ['HTTPS://srv-b/', 'srv-b:7470'],
])('the address %s is %s', (typed, address) => {
  expect(parseAddress(typed)).toBe(address);
  expect(hostPortSchema.safeParse(address).success).toBe(true);
});

test.each(['srv b', 'srv-b:', 'srv-b:70000', '', 'http://srv-b:7470', '1@2@srv-b'])(
  '“%s” is no address',
  (typed) => {
    expect(hostPortSchema.safeParse(parseAddress(typed)).success).toBe(false);
  },
);

test('synchronisation is spoken of only between members of a relationship', () => {
  expect(describeConnection(backup, false)).toBe('Connected');
  expect(describeConnection(backup, true)).toBe('Connected, not synchronised');
  expect(describeConnection({ ...backup, synchronised: true }, true)).toBe(
    'Connected, synchronised',
  );
  expect(describeConnection({ ...backup, connected: false }, false)).toBe('Not connected');
  expect(describeConnection(ended, false)).toBe('Pairing ended');
  expect(describeConnection(found, false)).toBe('Found, not paired');
});

test('says what to do next, and nothing where nothing is to be done', () => {
  expect(describeNextStep(ended, false)).toMatch(/^The other server has ended the pairing/);
  expect(describeNextStep(found, false)).toMatch(/^Pair with it/);
  expect(describeNextStep(backup, false)).toMatch(/in the tab Failover/);
  expect(describeNextStep(backup, true)).toBe('');
  expect(describeNextStep({ ...backup, connected: false }, true)).toMatch(
    /goes on trying to connect/,
  );
});

test('the role is the part in the relationship', () => {
  const { relationships } = pairNodes.strict;
  expect(describeRole(backup, relationships)).toBe('Backup');
  expect(describeRole(witness, relationships)).toBe('Witness');
  expect(describeRole(found, relationships)).toBe('–');
  expect(describeRole(backup, [])).toBe('–');
});

test.each([
  [null, 'not measured'],
  [49, 'same time'],
  [-340, '340 ms behind'],
  [60_000, '60 s ahead'],
  [95_260, '95.3 s ahead'],
  [-600_000, '10 min behind'],
  [7_500_000, '2 h 5 min ahead'],
  [-730 * 86_400_000, '730 d behind'],
] as const)('a clock that differs by %s ms: %s', (differenceMs, text) => {
  expect(describeClock(differenceMs)).toBe(text);
});

test('the time that an invitation is left', () => {
  expect(formatCountdown(600_000)).toBe('10:00');
  expect(formatCountdown(600_999)).toBe('10:00');
  expect(formatCountdown(59_999)).toBe('0:59');
  expect(formatCountdown(1_000)).toBe('0:01');
  expect(formatCountdown(-5)).toBe('0:00');
});

test('who came by an invitation', () => {
  expect(findNewlyPaired([backup], servers)).toBe(witness);
  expect(findNewlyPaired([backup, witness], servers)).toBeUndefined();
  expect(findNewlyPaired([], [ended, found])).toBeUndefined();
});
