import {
  falseDenialWithinMs,
  type DenialRecord,
  type UsageSummary,
} from '../../../src-shared/model/usage.ts';
import { formatCount, formatDuration, formatExact } from '../../base/format.ts';

const hourMs = 3_600_000;

/** What became of a refused request. `open`: the person may still get the feature soon. */
export type DenialOutcome = 'waited' | 'turnedAway' | 'open';

export function outcomeOf(
  { grantedSoon = false, lastAtMs }: Pick<DenialRecord, 'grantedSoon' | 'lastAtMs'>,
  nowMs: number,
): DenialOutcome {
  if (grantedSoon) return 'waited';
  return nowMs - lastAtMs < falseDenialWithinMs ? 'open' : 'turnedAway';
}

export const outcomeWords: Record<DenialOutcome, { word: string; text: string }> = {
  waited: { word: 'Waited', text: 'got a seat within 5 minutes' },
  turnedAway: { word: 'Turned away', text: 'got no seat within 5 minutes' },
  open: { word: 'Open', text: 'has got no seat yet; 5 minutes are not over' },
};

interface SeatsOut {
  units: number;
  inUse: number;
  /** When the borrowed seats end, in milliseconds since 1970. */
  borrowEndsMs: readonly number[];
  /** How the seats of the licence were used in the last weeks. */
  summary: Pick<UsageSummary, 'sessions' | 'unitHours'> | undefined;
}

/** Fewer sessions say nothing about the next one. */
const sessionsMin = 5;

/**
 * When the next seat is likely to come free. With n seats out, each held for a time t on average, one comes free every
 * t / n, whoever holds them; a borrowed seat comes free when its borrow ends at the latest. Null: a seat is free now.
 */
export function describeNextFree({ units, inUse, borrowEndsMs, summary }: SeatsOut): string | null {
  const free = units - inUse;
  if (free > 0) return null;
  const notBorrowed = Math.max(0, inUse - borrowEndsMs.length);
  const borrowEnd = borrowEndsMs.length > 0 ? Math.min(...borrowEndsMs) : null;
  const ends =
    borrowEnd === null ? '' : ` The first borrowed seat ends on ${formatExact(borrowEnd)}.`;
  if (notBorrowed === 0) return `Every seat is borrowed.${ends}`;
  if (!summary || summary.sessions < sessionsMin) {
    return `When a seat comes free cannot be said: too few have been returned so far.${ends}`;
  }
  const heldMs = (summary.unitHours * hourMs) / summary.sessions;
  return (
    `One is likely to come free about every ${formatDuration(heldMs / notBorrowed)}: ` +
    `${formatCount(notBorrowed, 'seat is', 'seats are')} out that are not borrowed, and a seat was ` +
    `held for ${formatDuration(heldMs)} on average in the last 30 days.${ends}`
  );
}
