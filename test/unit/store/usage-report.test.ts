import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseStepMs,
  computeUsageReport,
  type DenialRow,
  type SessionRow,
} from '../../../src-main/node/store/usage-report.ts';
import { usageStepsMax } from '../../../src-shared/model/usage.ts';

const hourMs = 3_600_000;

function session(
  startedAtMs: number,
  endedAtMs: number,
  more: Partial<SessionRow> = {},
): SessionRow {
  return {
    license: 'acme-cad',
    product: 'Acme Suite',
    feature: 'cad',
    units: 1,
    user: 'anna',
    host: 'pc-1',
    startedAtMs,
    endedAtMs,
    ...more,
  };
}

function denial(more: Partial<DenialRow> = {}): DenialRow {
  const about = { license: 'acme-cad', product: 'Acme Suite', feature: 'cad' };
  return { ...about, user: 'bert', host: 'pc-2', count: 1, grantedSoon: false, ...more };
}

function report(
  sessions: SessionRow[],
  { fromMs = 0, toMs = 4 * hourMs, denials = [] as DenialRow[] } = {},
) {
  const inOrder = sessions.toSorted((a, b) => b.endedAtMs - a.endedAtMs);
  const licenseUnits = { 'acme-cad': 5 };
  return computeUsageReport({ fromMs, toMs, sessions: inOrder, denials, licenseUnits });
}

describe('the usage report', () => {
  it('is empty without usage', () => {
    expect(report([])).toMatchObject({ summaries: [], series: [], holders: [] });
  });

  it('adds up hours, sessions, peak and average', () => {
    const { summaries } = report([
      session(0, 2 * hourMs),
      session(hourMs, 3 * hourMs, { units: 2, user: 'bert' }),
    ]);
    expect(summaries).toEqual([
      {
        license: 'acme-cad',
        product: 'Acme Suite',
        feature: 'cad',
        units: 5,
        peakUnits: 3,
        averageUnits: 1.5,
        unitHours: 6,
        sessions: 2,
        trueDenials: 0,
        falseDenials: 0,
      },
    ]);
  });

  it('does not count one seat twice when it is given back and taken at the same instant', () => {
    const { summaries } = report([session(0, hourMs), session(hourMs, 2 * hourMs)]);
    expect(summaries[0]?.peakUnits).toBe(1);
  });

  it('counts only what lies in the time asked for', () => {
    const span = { fromMs: hourMs, toMs: 2 * hourMs };
    const { summaries } = report([session(0, 10 * hourMs), session(0, 1.5 * hourMs)], span);
    expect(summaries[0]).toMatchObject({ unitHours: 1.5, peakUnits: 2, sessions: 2 });
  });

  it('shows the peak and the average of every step', () => {
    const { series, stepSeconds } = report([session(0, hourMs), session(0, hourMs / 2)]);
    expect(stepSeconds).toBe(60);
    expect(series[0]?.peakUnits.slice(28, 32)).toEqual([2, 2, 1, 1]);
    expect(series[0]?.peakUnits.slice(59, 61)).toEqual([1, 0]);
    expect(series[0]?.averageUnits.slice(28, 32)).toEqual([2, 2, 1, 1]);
  });

  it('tells denials after which the person got the seat from those that were final', () => {
    const denials = [denial({ count: 3 }), denial({ grantedSoon: true })];
    const { summaries, holders } = report([], { denials });
    expect(summaries[0]).toMatchObject({ trueDenials: 3, falseDenials: 1 });
    expect(holders[0]).toMatchObject({ user: 'bert', denials: 4, sessions: 0 });
  });

  it('counts denials recorded together for the licence, and for nobody', () => {
    const together = denial({ user: '', host: '', count: 900 });
    const { summaries, holders } = report([], { denials: [denial(), together] });
    expect(summaries[0]?.trueDenials).toBe(901);
    expect(holders.map(({ user, denials }) => [user, denials])).toEqual([['bert', 1]]);
  });

  it('keeps a denial that no licence matched out of the licences', () => {
    const { summaries, holders } = report([], { denials: [denial({ license: undefined })] });
    expect(summaries).toEqual([]);
    expect(holders).toHaveLength(1);
  });

  it('says that a licence is no longer installed', () => {
    const { summaries } = report([session(0, hourMs, { license: 'gone' })]);
    expect(summaries[0]?.units).toBeNull();
  });

  it('has no more steps than fit on a chart, whatever the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 * 366 * 24 * hourMs }), (spanMs) => {
        const stepMs = chooseStepMs(spanMs);
        expect(stepMs % 1000).toBe(0);
        expect(Math.ceil(spanMs / stepMs)).toBeLessThanOrEqual(usageStepsMax);
      }),
    );
  });

  it('agrees with counting second by second', () => {
    const seconds = 400;
    const sessionAt = fc
      .record({
        start: fc.integer({ min: -50, max: seconds + 50 }),
        length: fc.integer({ min: 0, max: 200 }),
        units: fc.integer({ min: 1, max: 3 }),
      })
      .map(({ start, length, units }) => session(start * 1000, (start + length) * 1000, { units }));
    fc.assert(
      fc.property(fc.array(sessionAt, { minLength: 1, maxLength: 30 }), (sessions) => {
        const toMs = seconds * 1000;
        const inTime = sessions.filter((one) => one.endedAtMs > 0 && one.startedAtMs < toMs);
        const { summaries, series } = report(inTime, { toMs });
        const outAt = Array.from({ length: seconds }, (_, second) =>
          inTime
            .filter((one) => one.startedAtMs <= second * 1000 && one.endedAtMs > second * 1000)
            .reduce((sum, one) => sum + one.units, 0),
        );
        const total = outAt.reduce((sum, units) => sum + units, 0);
        expect(summaries[0]?.peakUnits ?? 0).toBe(Math.max(...outAt));
        expect(summaries[0]?.averageUnits ?? 0).toBeCloseTo(total / seconds, 6);
        const stepSeconds = 5;
        for (const [step, peak] of (series[0]?.peakUnits ?? []).entries()) {
          const inStep = outAt.slice(step * stepSeconds, (step + 1) * stepSeconds);
          expect(peak).toBe(Math.max(...inStep));
        }
      }),
    );
  });
});
