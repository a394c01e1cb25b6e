/** First wait after a failure, and the longest one, in milliseconds. */
const firstMs = 500;
const longestMs = 30_000;

/** Wait before the next renewal: a third of the time-to-live, give or take a tenth of that. */
export function renewalDelayMs(ttlSeconds: number, random: number): number {
  return Math.round((ttlSeconds * 1000 * (0.9 + 0.2 * random)) / 3);
}

/**
 * Wait after the given number of failures in a row (from 1): doubles from 0.5 s to 30 s or a third of
 * the time-to-live, whichever is less, of which chance takes away up to a half.
 */
export function retryDelayMs(failures: number, ttlSeconds: number, random: number): number {
  const capMs = Math.min(longestMs, Math.max(firstMs, (ttlSeconds * 1000) / 3));
  const fullMs = Math.min(capMs, firstMs * 2 ** Math.min(failures - 1, 16));
  return Math.round(fullMs * (0.5 + 0.5 * random));
}
