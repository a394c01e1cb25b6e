import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { journalShareMax, JournalShares } from '../../../src-main/node/replicas/journal-shares.ts';

const minuteMs = 60_000;
let nowMs = 0;
beforeEach(() => {
  vi.useFakeTimers();
  nowMs = 0;
});
afterEach(() => vi.useRealTimers());

it('a server fills its share and no more, and gets an entry a minute back', () => {
  const shares = new JournalShares(() => nowMs);
  shares.note('a', journalShareMax - 1);
  expect(shares.mayTake('a')).toBe(true);
  shares.note('a', 500);
  expect(shares.mayTake('a')).toBe(false);
  expect(shares.mayTake('b')).toBe(true);
  nowMs += 499 * minuteMs;
  expect(shares.mayTake('a')).toBe(false);
  nowMs += minuteMs;
  expect(shares.mayTake('a')).toBe(true);
  nowMs += 1e9;
  shares.note('a', journalShareMax);
  expect(shares.mayTake('a')).toBe(false);
});

it('what waits for room is asked for once, and not after the end', () => {
  const shares = new JournalShares(() => nowMs);
  const asked: string[] = [];
  for (let n = 0; n < 3; n++) shares.retry('a', () => asked.push('a'));
  vi.advanceTimersByTime(600_000);
  expect(asked).toEqual(['a']);
  shares.retry('a', () => asked.push('again'));
  shares.stop();
  vi.advanceTimersByTime(600_000);
  expect(asked).toEqual(['a']);
});
