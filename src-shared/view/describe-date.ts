import { dayMs, minuteMs } from '../model/time-units.ts';
import { countOf } from './count-of.ts';

// Dates and times of day as every surface writes them: in the time of the host, the largest unit first,
// the same in a table, a notification, a file and on a command line.

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-03-01`. */
export function formatDay(atMs: number): string {
  const date = new Date(atMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `14:05`. */
export function formatTimeOfDay(atMs: number): string {
  const date = new Date(atMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `2026-03-01 14:05:09`. */
export function formatSecond(atMs: number): string {
  return `${formatDay(atMs)} ${formatTimeOfDay(atMs)}:${two(new Date(atMs).getSeconds())}`;
}

/**
 * Days until an instant, a begun one counted as a whole: 1 in the last day, 0 when it is over. What is
 * begun by less than a minute does not count, since a window knows the time to the minute only.
 */
export function countDaysLeft(atMs: number, nowMs: number): number {
  if (atMs <= nowMs) return 0;
  return Math.max(1, Math.ceil((atMs - nowMs - minuteMs) / dayMs));
}

/** “6 days”, “less than a day”: what is left until an instant that is still to come. */
export function describeDaysLeft(atMs: number, nowMs: number): string {
  if (atMs - nowMs < dayMs) return 'less than a day';
  return countOf(countDaysLeft(atMs, nowMs), 'day');
}
