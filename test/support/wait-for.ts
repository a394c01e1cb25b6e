import { setTimeout as delay } from 'node:timers/promises';
import { slowness } from './slowness.ts';

/** Longest wait for something that takes milliseconds on an idle machine. */
const patienceMs = 30_000 * slowness;

/** Time between two looks. */
const lookEveryMs = 20;

/** Looks until `look` finds something; rejects with `what` did not come about. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = patienceMs,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() >= endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(lookEveryMs);
  }
}
