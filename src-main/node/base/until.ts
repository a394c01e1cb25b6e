import { setTimeout as delay } from 'node:timers/promises';

/** Time between two looks. */
const lookEveryMs = 10;

/** Resolves to true as soon as a condition holds, to false when it does not within the time. */
export async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() >= endMs) return false;
    await delay(lookEveryMs);
  }
  return true;
}
