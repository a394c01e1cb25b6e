import { expect, it } from 'vitest';
import { nextTimeOfDay } from '../../../src-main/node/backup/backup-time.ts';

const local = (day: number, hours: number, minutes = 0) =>
  new Date(2026, 2, day, hours, minutes).getTime();

it('is on the same day before the time, and on the next one from the time on', () => {
  expect(nextTimeOfDay('02:30', local(3, 1))).toBe(local(3, 2, 30));
  expect(nextTimeOfDay('02:30', local(3, 2, 30))).toBe(local(4, 2, 30));
  expect(nextTimeOfDay('02:30', local(3, 14))).toBe(local(4, 2, 30));
  expect(nextTimeOfDay('23:59', local(31, 23, 59))).toBe(new Date(2026, 3, 1, 23, 59).getTime());
});
