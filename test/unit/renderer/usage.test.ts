import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDay } from '../../../src-shared/view/describe-date.ts';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import {
  deriveChart,
  niceStep,
  timeTicks,
} from '../../../src-renderer/tabs/usage/chart-geometry.ts';
import { parseCustomRange, recentRange } from '../../../src-renderer/tabs/usage/usage-range.ts';

const fromMs = Date.parse('2026-03-10T00:00:00Z');
const chartOf = (peakUnits: number[], units: number | null) =>
  deriveChart({
    ...{ widthPx: 600, heightPx: 220, fromMs, stepMs: 3_600_000 },
    ...{ peakUnits, averageUnits: peakUnits, units },
  });

describe('deriveChart', () => {
  test('draws the peak within its frame, and higher for more seats', () => {
    const chart = chartOf([0, 5, 10], 10);
    expect(chart.yOf(0)).toBe(chart.bottom);
    expect(chart.yOf(10)).toBe(chart.top);
    expect(chart.limitY).toBe(chart.top);
    expect(chart.peakLine.startsWith(`M${chart.left} ${chart.bottom}`)).toBe(true);
  });

  test('leaves the limit out where the use is far below it, and where there is none', () => {
    expect(chartOf([1, 2, 3], 500).limitY).toBeNull();
    expect(chartOf([1, 2, 3], null).limitY).toBeNull();
    expect(chartOf([1, 2, 3], 5).limitY).not.toBeNull();
  });

  test('every point of it is in the frame, and every place of it has a step', () => {
    const units = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 240 });
    fc.assert(
      fc.property(
        units,
        fc.option(fc.nat(100_000)),
        fc.integer({ min: 0, max: 3_000 }),
        (p, u, x) => {
          const chart = chartOf(p, u);
          for (const seats of p) {
            expect(chart.yOf(seats)).toBeGreaterThanOrEqual(chart.top - 0.1);
            expect(chart.yOf(seats)).toBeLessThanOrEqual(chart.bottom);
          }
          expect(p[chart.stepAt(x)]).toBeDefined();
          expect(chart.seatTicks.length).toBeLessThanOrEqual(7);
          expect(chart.seatTicks.length).toBeGreaterThanOrEqual(2);
        },
      ),
    );
  });
});

test('steps are round', () => {
  expect([0.2, 1, 1.5, 3, 7, 20, 21, 99].map(niceStep)).toEqual([1, 1, 2, 5, 10, 20, 50, 100]);
});

test('ticks are whole hours or days, in the range and not too many', () => {
  for (const days of [1, 7, 30, 365]) {
    const ticks = timeTicks(fromMs + 1, fromMs + days * dayMs, 8);
    expect(ticks.length).toBeGreaterThan(2);
    expect(ticks.length).toBeLessThanOrEqual(9);
    for (const tick of ticks) {
      expect(new Date(tick).getMinutes()).toBe(0);
      expect(tick).toBeGreaterThan(fromMs);
      if (days > 7) expect(new Date(tick).getHours()).toBe(0);
    }
  }
});

describe('ranges', () => {
  test('the last days go on until now', () => {
    expect(recentRange('7 d', fromMs)).toEqual({ from: '2026-03-03T00:00:00.000Z' });
  });

  test('chosen days are both in it', () => {
    const range = parseCustomRange('2026-03-01', '2026-03-01');
    if (!range.ok) throw new Error(range.message);
    expect(Date.parse(range.to) - Date.parse(range.from)).toBe(dayMs);
    expect(formatDay(Date.parse(range.from))).toBe('2026-03-01');
  });

  test.each([
    ['', '2026-03-01', 'Choose the first day.'],
    ['2026-03-01', '', 'Choose the last day.'],
    ['2026-03-02', '2026-03-01', 'The last day is before the first one.'],
    ['2026-13-40', '2026-03-01', 'Choose the first day.'],
  ])('“%s” to “%s”: %s', (first, last, message) => {
    expect(parseCustomRange(first, last)).toEqual({ ok: false, message });
  });
});
