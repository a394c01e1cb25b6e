import { dayMs } from '../../../src-shared/model/time-units.ts';
import { describe, expect, test } from 'vitest';
import {
  formatAmount,
  formatDaysLeft,
  formatMoment,
  formatPercent,
  formatRelative,
  formatTime,
  groupFingerprint,
  formatCount,
  shortFingerprint,
} from '../../../src-renderer/base/format.ts';

const nowMs = Date.parse('2026-03-10T12:00:00Z');

describe('formatRelative', () => {
  test.each([
    [0, 'now'],
    [-4_999, 'now'],
    [4_999, 'now'],
    [-5_000, '5 sec. ago'],
    [-59_999, '59 sec. ago'],
    [-60_000, '1 min. ago'],
    [-3_599_999, '59 min. ago'],
    [2 * 3_600_000, 'in 2 hr.'],
    [-dayMs, '1 day ago'],
    [400 * dayMs, 'in 400 days'],
  ])('%d ms from now is “%s”', (differenceMs, words) => {
    expect(formatRelative(nowMs + differenceMs, nowMs)).toBe(words);
  });
});

test('days left: a begun one counts, as it does in the notices', () => {
  expect(formatDaysLeft(nowMs + 2.5 * dayMs, nowMs)).toBe('3 days left');
  expect(formatDaysLeft(nowMs + dayMs, nowMs)).toBe('1 day left');
  // The window's clock may be a minute behind the one by which ten days were granted.
  expect(formatDaysLeft(nowMs + 10 * dayMs, nowMs - 59_000)).toBe('10 days left');
  expect(formatDaysLeft(nowMs + 1, nowMs)).toBe('less than a day left');
  expect(formatDaysLeft(nowMs - 3 * dayMs, nowMs)).toBe('ended 3 days ago');
});

test('a moment of today is a time, one of another day has its date', () => {
  expect(formatMoment(nowMs, nowMs)).toBe(formatTime(nowMs));
  expect(formatMoment(nowMs - 2 * dayMs, nowMs)).toContain('2026');
});

test('a part of nothing is nothing', () => {
  expect(formatPercent(0, 0)).toBe(formatPercent(0, 1));
  expect(formatPercent(1, 4)).toMatch(/25/);
});

test('one and many', () => {
  expect(formatCount(1, 'seat')).toBe('1 seat');
  expect(formatCount(0, 'seat')).toBe('0 seats');
  expect(formatCount(2, 'entry', 'entries')).toBe('2 entries');
});

test('a fingerprint is grouped to be read, short or whole', () => {
  const id = '0123456789abcdef'.repeat(4);
  expect(shortFingerprint(id)).toBe('0123 4567 89ab cdef …');
  expect(groupFingerprint(id).replaceAll(' ', '')).toBe(id);
});

test('of a little that is there no nothing is made', () => {
  expect([0, 0.02, 0.05, 2.44, 1_000].map(formatAmount)).toEqual([
    '0',
    '< 0.1',
    '0.1',
    '2.4',
    '1,000',
  ]);
});
