import { expect, test } from 'vitest';
import {
  describeDenialCode,
  describeNextFree,
  describeTogether,
  outcomeOf,
  summariseDenials,
} from '../../../src-renderer/tabs/licences/explain-denials.ts';
import { deniedTogetherMax, falseDenialWithinMs } from '../../../src-shared/model/usage.ts';

const full = {
  inUse: 10,
  borrowedUnits: 0,
  borrowEndMs: null,
  summary: { sessions: 40, unitHours: 80 },
};

test('a denial is open until five minutes are over, unless the person got a seat', () => {
  const lastAtMs = 1_000_000;
  expect(outcomeOf({ lastAtMs }, lastAtMs + falseDenialWithinMs - 1)).toBe('open');
  expect(outcomeOf({ lastAtMs }, lastAtMs + falseDenialWithinMs)).toBe('turnedAway');
  expect(outcomeOf({ lastAtMs, grantedSoon: true }, lastAtMs)).toBe('waited');
});

test('seats held for two hours on average, ten of them out: one about every twelve minutes', () => {
  expect(describeNextFree(full)).toContain('about every 12 min: 10 seats are out');
  expect(describeNextFree(full)).toContain('held for 2 h on average');
});

test('borrowed seats come free when they end, and the others more seldom', () => {
  const borrowed = { borrowedUnits: 2, borrowEndMs: Date.parse('2026-03-04T12:00:00Z') };
  const some = describeNextFree({ ...full, ...borrowed });
  expect(some).toContain('about every 15 min: 8 seats are out');
  expect(some).toMatch(/The first borrowed seat ends on 2026-03-04 /);
  const all = describeNextFree({ ...full, ...borrowed, inUse: 2 });
  expect(all).toMatch(/^Every seat is borrowed\. The first/);
});

test('a borrowed lease has as many seats out as it has units', () => {
  const oneLease = { borrowedUnits: 4, borrowEndMs: Date.parse('2026-03-04T12:00:00Z') };
  const all = describeNextFree({ ...full, ...oneLease, inUse: 4 });
  expect(all).toMatch(/^Every seat is borrowed\. The first borrowed seat ends on 2026-03-04 /);
  expect(describeNextFree({ ...full, ...oneLease })).toContain('6 seats are out');
});

test('says nothing that it does not know', () => {
  const few = { sessions: 4, unitHours: 80 };
  expect(describeNextFree({ ...full, summary: few })).toMatch(/^When a seat comes free cannot/);
  expect(describeNextFree({ ...full, summary: undefined })).toMatch(/^When a seat comes free/);
});

test('denials recorded together say of how many users and hosts, counted to a limit', () => {
  expect(describeTogether({ users: 12, hosts: 1, features: 1 })).toBe('12 users on 1 host');
  const many = { users: deniedTogetherMax, hosts: 999, features: 3 };
  expect(describeTogether(many)).toBe('1,000 or more users on 999 hosts');
});

test('what is counted is what is listed', () => {
  const denials = [{ count: 3 }, { count: 1 }];
  expect(summariseDenials([], 100)).toBe('Nobody was refused a seat of this licence.');
  expect(summariseDenials(denials, 100)).toBe(
    '4 requests were refused, as far back as the records go.',
  );
  expect(summariseDenials([{ count: 1 }], 100)).toMatch(/^1 request was refused, /);
  expect(summariseDenials(denials, 2)).toBe(
    '4 requests were refused lately; the records go further back.',
  );
});

test('the window speaks of seats', () => {
  expect(describeDenialCode('LS_INSUFFICIENTUNITS')).toBe('No seat was free');
  expect(describeDenialCode('LS_LICENSE_EXPIRED')).toBe('The licence has expired');
  expect(describeDenialCode('LS_OF_A_LATER_VERSION')).toBe('LS_OF_A_LATER_VERSION');
});
