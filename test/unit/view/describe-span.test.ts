import { describe, expect, test } from 'vitest';
import { describeLength, describeSpan } from '../../../src-shared/view/describe-span.ts';
import { dayMs, hourMs, minuteMs } from '../../../src-shared/model/time-units.ts';

describe('describeLength', () => {
  test.each([
    [-1, '0 s'],
    [0, '0 s'],
    [59_999, '59 s'],
    [minuteMs, '1 min'],
    [hourMs, '1 h'],
    [hourMs + minuteMs, '1 h 1 min'],
    [dayMs, '1 d'],
    [dayMs + hourMs, '1 d 1 h'],
    [1_000 * dayMs, '1000 d'],
  ])('%d ms are “%s”', (lengthMs, words) => {
    expect(describeLength(lengthMs)).toBe(words);
  });
});

describe('describeSpan', () => {
  test.each([
    [1_000, '1 second'],
    [89_000, '89 seconds'],
    [2 * minuteMs, '2 minutes'],
    [119 * minuteMs, '119 minutes'],
    [2 * hourMs, '2 hours'],
    [48 * hourMs, '2 days'],
  ])('%d ms are “%s”', (ms, words) => {
    expect(describeSpan(ms)).toBe(words);
  });
});
