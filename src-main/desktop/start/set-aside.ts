import { setAsideMax, type SetAsideNotice } from '../../../src-shared/model/desktop-settings.ts';
import { minuteMs } from '../../../src-shared/model/time-units.ts';

/** Hides notices for some minutes, until their causes are over (null), or no longer (0). */
export function setNoticesAside(
  known: readonly SetAsideNotice[],
  { keys, minutes }: { keys: readonly string[]; minutes: number | null },
  nowMs: number,
): SetAsideNotice[] {
  const others = known.filter(({ key }) => !keys.includes(key));
  if (minutes === 0) return others;
  const untilMs = minutes === null ? null : nowMs + minutes * minuteMs;
  return [...others, ...keys.map((key) => ({ key, untilMs }))].slice(-setAsideMax);
}

/** The notices that are still set aside: their time is not over, and neither is their cause, where the causes are known. */
export function stillSetAside(
  known: readonly SetAsideNotice[],
  causes: ReadonlySet<string> | null,
  nowMs: number,
): SetAsideNotice[] {
  return known.filter(
    ({ key, untilMs }) =>
      (untilMs === null || untilMs > nowMs) && (causes === null || causes.has(key)),
  );
}
