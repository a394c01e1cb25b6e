import { dayMs, hourMs, minuteMs } from '../model/time-units.ts';
import { countOf } from './count-of.ts';
import { plainNumbers, type Numbers } from './numbers.ts';

/** A time as a sentence says it, in its fitting unit: `90 seconds`, `45 minutes`, `30 hours`, `3 days`. */
export function describeSpan(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return countOf(Math.round(ms / 1_000), 'second');
  if (minutes < 120) return countOf(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? countOf(hours, 'hour') : countOf(Math.round(hours / 24), 'day');
}

/** How long something lasts, where there is little room: `2 d 4 h`, `4 h 12 min`, `12 min`, `12 s`. */
export function describeLength(lengthMs: number): string {
  const days = Math.floor(lengthMs / dayMs);
  const hours = Math.floor((lengthMs % dayMs) / hourMs);
  const minutes = Math.floor((lengthMs % hourMs) / minuteMs);
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return `${minutes} min`;
  return `${Math.max(0, Math.floor(lengthMs / 1_000))} s`;
}

/** How long something took: `43 ms`, `1.2 s`. */
export function describeTook(
  tookMs: number,
  decimal: Numbers['decimal'] = plainNumbers.decimal,
): string {
  const ms = Math.round(tookMs);
  return ms < 1_000 ? `${ms} ms` : `${decimal(ms / 1_000)} s`;
}
