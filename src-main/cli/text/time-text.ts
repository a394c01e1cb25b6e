import { dayMs, hourMs, minuteMs } from '../../../src-shared/model/time-units.ts';
import { formatSecond } from '../../../src-shared/view/describe-date.ts';

/** An instant in local time, `2026-03-01 14:05:09`. */
export function formatLocalTime(instant: string | number): string {
  return formatSecond(new Date(instant).getTime());
}

const spanPattern = /^(\d{1,6})(m|h|d)$/;
const spanUnitMs = { m: minuteMs, h: hourMs, d: dayMs };
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;
const instantPattern =
  /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** How a person writes an instant, for help texts. */
export const instantForms =
  '2026-03-01, 2026-03-01T14:00 (local), with a zone, or a span such as 7d';

/**
 * The instant that a person means, in milliseconds since 1970; null when it is none. A day begins at
 * local midnight; a span such as `90m`, `12h` or `7d` counts from now in the given direction.
 */
export function parseTime(text: string, nowMs: number, direction: 'ago' | 'ahead'): number | null {
  const span = spanPattern.exec(text);
  if (span) {
    const ms = Number(span[1]) * spanUnitMs[span[2] as keyof typeof spanUnitMs];
    return direction === 'ago' ? nowMs - ms : nowMs + ms;
  }
  if (!dayPattern.test(text) && !instantPattern.test(text)) return null;
  const local = dayPattern.test(text) ? `${text}T00:00:00` : text.replace(' ', 'T');
  const ms = Date.parse(local);
  if (Number.isNaN(ms)) return null;
  // Date.parse takes the 31st of February for the 3rd of March.
  const day = Number(text.slice(8, 10));
  const daysInMonth = new Date(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0).getDate();
  return day <= daysInMonth ? ms : null;
}
