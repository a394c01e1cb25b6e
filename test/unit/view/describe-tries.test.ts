import { expect, it } from 'vitest';
import { formatSecond } from '../../../src-shared/view/describe-date.ts';
import { describeTries } from '../../../src-shared/view/describe-tries.ts';

const at = '2026-03-01T12:00:05.000Z';
const shown = formatSecond(Date.parse(at));
const invitation = { expiresAt: at, allowed: 'nothing' } as const;

it('says where wrong codes came from, as whom, how often and when', () => {
  const wrongTries = [
    { address: '192.0.2.7', name: 'SRV-X', count: 1, lastAt: at, shut: false },
    { address: '2001:db8::', name: 'SRV-Y', count: 12, lastAt: at, shut: true },
  ];
  expect(describeTries({ ...invitation, wrongTries, moreSources: 3 })).toEqual([
    `192.0.2.7, as SRV-X: once at ${shown}`,
    `2001:db8::, as SRV-Y: 12 times, the last at ${shown}. Nothing more is taken from there`,
    '3 more addresses',
  ]);
  expect(describeTries({ ...invitation, wrongTries: [], moreSources: 0 })).toEqual([]);
});
