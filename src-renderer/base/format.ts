import { countWith } from '../../src-shared/view/count-of.ts';
import {
  describeDaysLeft,
  formatDay,
  formatSecond,
  formatTimeOfDay,
} from '../../src-shared/view/describe-date.ts';
import { dayMs, hourMs, minuteMs } from '../../src-shared/model/time-units.ts';
import type { Numbers } from '../../src-shared/view/numbers.ts';

// Numbers follow the system's locale (`undefined`); dates are the same on every surface, and words are
// English like the rest.

const secondMs = 1_000;

const integers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const relativeTimes = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });

export function formatNumber(value: number): string {
  return integers.format(value);
}

/** One digit after the point at most. */
export function formatDecimal(value: number): string {
  return decimals.format(value);
}

/** The same of an amount of which there is some, however little: not `0` then, but `< 0.1`. */
export function formatAmount(value: number): string {
  return value > 0 && value < 0.05 ? `< ${formatDecimal(0.1)}` : formatDecimal(value);
}

export function formatPercent(part: number, whole: number): string {
  return percents.format(whole === 0 ? 0 : part / whole);
}

export function formatDate(atMs: number): string {
  return formatDay(atMs);
}

export function formatTime(atMs: number): string {
  return formatTimeOfDay(atMs);
}

export function formatDateTime(atMs: number): string {
  return `${formatDay(atMs)} ${formatTimeOfDay(atMs)}`;
}

export function formatExact(atMs: number): string {
  return formatSecond(atMs);
}

/** The time of day when the instant is of today, else date and time. */
export function formatMoment(atMs: number, nowMs: number): string {
  return isSameDay(atMs, nowMs) ? formatTime(atMs) : formatDateTime(atMs);
}

/** The time of day when the instant is of today, else the date. */
export function formatBriefly(atMs: number, nowMs: number): string {
  return isSameDay(atMs, nowMs) ? formatTime(atMs) : formatDate(atMs);
}

function isSameDay(aMs: number, bMs: number): boolean {
  return new Date(aMs).toDateString() === new Date(bMs).toDateString();
}

/** “3 min. ago”, “in 2 days”, “now”. */
export function formatRelative(atMs: number, nowMs: number): string {
  const differenceMs = atMs - nowMs;
  const distanceMs = Math.abs(differenceMs);
  if (distanceMs < 5 * secondMs) return 'now';
  const [unit, unitMs] = relativeUnit(distanceMs);
  const count = Math.max(1, Math.floor(distanceMs / unitMs));
  return relativeTimes.format(differenceMs < 0 ? -count : count, unit);
}

function relativeUnit(distanceMs: number): ['second' | 'minute' | 'hour' | 'day', number] {
  if (distanceMs < minuteMs) return ['second', secondMs];
  if (distanceMs < hourMs) return ['minute', minuteMs];
  if (distanceMs < dayMs) return ['hour', hourMs];
  return ['day', dayMs];
}

/** “42 days left”, “less than a day left”, “ended 3 days ago”. */
export function formatDaysLeft(atMs: number, nowMs: number): string {
  if (atMs <= nowMs) return `ended ${formatRelative(atMs, nowMs)}`;
  return `${describeDaysLeft(atMs, nowMs)} left`;
}

/** “1 seat”, “1,000 seats”: `countOf` in the system's locale. */
export const formatCount = countWith(formatNumber);

export const localNumbers: Numbers = { count: formatCount, decimal: formatDecimal };

/** The first 16 digits in groups of four: enough to recognise, not enough to compare. */
export function shortFingerprint(id: string): string {
  return `${(id.slice(0, 16).match(/.{1,4}/g) ?? []).join(' ')} …`;
}

/** All 64 digits in groups of eight, to read out and compare. */
export function groupFingerprint(id: string): string {
  return (id.match(/.{1,8}/g) ?? []).join(' ');
}
