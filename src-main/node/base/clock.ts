import { performance } from 'node:perf_hooks';
import type { Instant } from '../core/ledger/event.ts';

/** Reads both clocks at once. Given to what needs time, so that tests can bring their own. */
export type Clock = () => Instant;

export const systemClock: Clock = () => ({
  monotonicMs: performance.now(),
  wallMs: Date.now(),
});
