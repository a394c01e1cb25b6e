/** How waits grow after failures; milliseconds. */
interface Growth {
  firstMs: number;
  growth: number;
}

/**
 * While no server serves: a takeover takes a few tenths of a second, or seconds when a server has
 * fallen silent, and is to be seen soon after.
 */
const outageBackoff: Growth = { firstMs: 50, growth: 1.5 };

/** When a server has said no, for a reason that passes. */
const refusedBackoff: Growth = { firstMs: 500, growth: 2 };

const longestMs = 30_000;

/** After so many failures in a row, an outage is none that a takeover ends at once. */
const quickFailuresMax = 10;

export interface Failure {
  /** Failures in a row, from 1. */
  count: number;
  /** No server serves, rather than one that says no. */
  outage: boolean;
  /** Wait that a server has asked for; 0: none has. */
  retryAfterMs: number;
}

/** Wait before the next renewal: a third of the time-to-live, give or take a tenth of that. */
export function renewalDelayMs(ttlSeconds: number, random: number): number {
  return Math.round((ttlSeconds * 1000 * (0.9 + 0.2 * random)) / 3);
}

/**
 * Wait after a failure. It grows from 0.5 s, in an outage from 0.05 s, to 30 s or a third of the
 * time-to-live, whichever is less; chance takes away up to a half, so that many clients do not come
 * back at once. Within that limit it is as long as a server has asked for, but not at the begin of an
 * outage: there the servers cannot know how soon one of them takes over.
 */
export function retryDelayMs(failure: Failure, ttlSeconds: number, random: number): number {
  const { count, outage, retryAfterMs } = failure;
  const { firstMs, growth } = outage ? outageBackoff : refusedBackoff;
  const capMs = Math.min(longestMs, Math.max(firstMs, (ttlSeconds * 1000) / 3));
  const fullMs = Math.min(capMs, firstMs * growth ** Math.min(count - 1, 64));
  const askedMs = outage && count <= quickFailuresMax ? 0 : Math.min(capMs, retryAfterMs);
  return Math.round(Math.max(askedMs, fullMs * (0.5 + 0.5 * random)));
}
