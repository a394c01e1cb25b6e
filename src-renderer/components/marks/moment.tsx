import { formatBriefly, formatExact, formatMoment, formatRelative } from '../../base/format.ts';
import { useNow } from '../../base/hooks.ts';

const relativeEveryMs = 5_000;
const momentEveryMs = 60_000;

/** “3 min. ago”, with the exact time as a tooltip. */
export function RelativeTime({ atMs }: { atMs: number }) {
  const nowMs = useNow(relativeEveryMs);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatExact(atMs)}>
      {formatRelative(atMs, nowMs)}
    </time>
  );
}

/**
 * “12:03” or, of another day, “2026-03-01 12:03” (`brief`: “2026-03-01”), with the exact time as a
 * tooltip.
 */
export function Moment({ atMs, brief = false }: { atMs: number; brief?: boolean }) {
  const nowMs = useNow(momentEveryMs);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatExact(atMs)}>
      {brief ? formatBriefly(atMs, nowMs) : formatMoment(atMs, nowMs)}
    </time>
  );
}
