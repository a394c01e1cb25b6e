import { dayMs } from '../../../src-shared/model/time-units.ts';

export const rangeNames = ['24 h', '7 d', '30 d', 'custom'] as const;
export type RangeName = (typeof rangeNames)[number];

export const rangeLabels: Record<RangeName, string> = {
  '24 h': 'Last 24 hours',
  '7 d': 'Last 7 days',
  '30 d': 'Last 30 days',
  custom: 'From … to …',
};

const rangeDays = { '24 h': 1, '7 d': 7, '30 d': 30 };

/** Instants; a range without an end goes on until now. */
export interface UsageRange {
  from: string;
  to?: string;
}

/** The last days up to now. */
export function recentRange(name: Exclude<RangeName, 'custom'>, nowMs: number): UsageRange {
  return { from: new Date(nowMs - rangeDays[name] * dayMs).toISOString() };
}

/** Two days in local time (`2026-03-01`), both included, as instants; or why they are no range. */
export function parseCustomRange(
  firstDay: string,
  lastDay: string,
): { ok: true; from: string; to: string } | { ok: false; message: string } {
  const from = new Date(`${firstDay}T00:00:00`);
  const to = new Date(`${lastDay}T00:00:00`);
  if (Number.isNaN(from.getTime())) return { ok: false, message: 'Choose the first day.' };
  if (Number.isNaN(to.getTime())) return { ok: false, message: 'Choose the last day.' };
  if (to < from) return { ok: false, message: 'The last day is before the first one.' };
  to.setDate(to.getDate() + 1);
  return { ok: true, from: from.toISOString(), to: to.toISOString() };
}
