import { problemCodeSchema, problemTitle } from '../../../src-shared/contract/problem.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { describeLength } from '../../../src-shared/view/describe-span.ts';
import { hourMs } from '../../../src-shared/model/time-units.ts';
import {
  deniedTogetherMax,
  falseDenialWithinMs,
  type DenialRecord,
  type UsageSummary,
} from '../../../src-shared/model/usage.ts';
import { formatCount, formatExact, formatNumber } from '../../base/format.ts';

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

export const togetherExplanation =
  'More were refused within a minute than are recorded one by one: these are counted together.';

/** Such as `12 users on 1,000 or more hosts`. */
export function describeTogether({ users, hosts }: NonNullable<DenialRecord['together']>): string {
  return `${countUpTo(users, 'user')} on ${countUpTo(hosts, 'host')}`;
}

function countUpTo(count: number, one: string): string {
  if (count < deniedTogetherMax) return formatCount(count, one);
  return `${formatNumber(count)} or more ${one}s`;
}

/**
 * How many requests these denials are, which are the newest ones of a licence; `listedMax`: so many are read
 * at most. Counted from the same records as the list, which outlive a start of the server.
 */
export function summariseDenials(
  denials: readonly Pick<DenialRecord, 'count'>[],
  listedMax: number,
): string {
  const requests = denials.reduce((sum, { count }) => sum + count, 0);
  if (requests === 0) return 'Nobody was refused a seat of this licence.';
  const refused = `${formatCount(requests, 'request was', 'requests were')} refused`;
  return denials.length < listedMax
    ? `${refused}, as far back as the records go.`
    : `${refused} lately; the records go further back.`;
}

/** Why a request was refused, in the words of the window. */
export function describeDenialCode(code: string): string {
  if (code === 'LS_INSUFFICIENTUNITS') return 'No seat was free';
  const known = problemCodeSchema.safeParse(code);
  return known.success ? problemTitle[known.data] : code;
}

interface SeatsOut extends Pick<LicenseDetail, 'inUse' | 'borrowedUnits'> {
  /** When the first borrowed seat ends, in milliseconds since 1970; null: none is borrowed. */
  borrowEndMs: number | null;
  /** How the seats of the licence were used in the last weeks. */
  summary: Pick<UsageSummary, 'sessions' | 'unitHours'> | undefined;
}

/** Fewer sessions say nothing about the next one. */
const sessionsMin = 5;

/**
 * When the next seat of a licence without a free one is likely to come free. With n seats out, each held for a time t on average, one comes free every
 * t / n, whoever holds them; a borrowed seat comes free when its borrow ends at the latest.
 */
export function describeNextFree(seats: SeatsOut): string {
  const { inUse, borrowedUnits, borrowEndMs, summary } = seats;
  const notBorrowed = inUse - borrowedUnits;
  const ends =
    borrowEndMs === null ? '' : ` The first borrowed seat ends on ${formatExact(borrowEndMs)}.`;
  if (notBorrowed === 0) return `Every seat is borrowed.${ends}`;
  if (!summary || summary.sessions < sessionsMin) {
    return `When a seat comes free cannot be said: too few have been returned so far.${ends}`;
  }
  const heldMs = (summary.unitHours * hourMs) / summary.sessions;
  return (
    `One is likely to come free about every ${describeLength(heldMs / notBorrowed)}: ` +
    `${formatCount(notBorrowed, 'seat is', 'seats are')} out that are not borrowed, and a seat was ` +
    `held for ${describeLength(heldMs)} on average in the last 30 days.${ends}`
  );
}
