import {
  type UsageByHolder,
  type UsageReport,
  type UsageSummary,
  usageHoldersMax,
  usageStepsMax,
} from '../../../src-shared/model/usage.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { UsageSweep } from './usage-sweep.ts';

/** One seat from checkout to its end, or to `toMs` when it is still out. */
export interface SessionRow {
  license: string;
  product: string;
  feature: string;
  units: number;
  user: string;
  host: string;
  startedAtMs: number;
  endedAtMs: number;
}

/** Refusals that one record joins. */
export interface DenialRow {
  /** Absent: no licence matched the request. */
  license?: string | undefined;
  product?: string | undefined;
  feature: string;
  /** Empty: several persons. */
  user: string;
  host: string;
  count: number;
  /** The same person got the same feature within `falseDenialWithinMs`. */
  grantedSoon: boolean;
}

export interface ReportInput {
  fromMs: number;
  toMs: number;
  /** Every session that overlaps the time in question, in falling order of its end. */
  sessions: Iterable<SessionRow>;
  denials: Iterable<DenialRow>;
  licenseUnits: Readonly<Record<string, number>>;
}

interface LicenseFigures {
  summary: UsageSummary;
  sweep: UsageSweep;
}

const hourMs = 3_600_000;

/**
 * Adds usage up. A denial counts as often as the request was refused. Sessions are read once and
 * none is kept, so that memory grows with licences and holders, not with sessions.
 */
export function computeUsageReport(input: ReportInput): UsageReport {
  const { fromMs, toMs } = input;
  const stepMs = chooseStepMs(toMs - fromMs);
  const stepCount = Math.max(1, Math.ceil((toMs - fromMs) / stepMs));
  const figures = new Map<string, LicenseFigures>();
  const holders = new Map<string, UsageByHolder>();
  const figuresOf = (license: string, product: string, feature: string): LicenseFigures => {
    let found = figures.get(license);
    if (!found) {
      const units = input.licenseUnits[license] ?? null;
      found = {
        summary: emptySummary(license, product, feature, units),
        sweep: new UsageSweep({ fromMs, toMs, stepMs, stepCount }),
      };
      figures.set(license, found);
    }
    return found;
  };
  for (const session of input.sessions) {
    const startMs = Math.max(session.startedAtMs, fromMs);
    const endMs = Math.min(session.endedAtMs, toMs);
    if (endMs < startMs) continue;
    const { summary, sweep } = figuresOf(session.license, session.product, session.feature);
    sweep.add(startMs, endMs, session.units);
    summary.sessions++;
    const holder = holderOf(holders, session);
    holder.sessions++;
    holder.unitHours += (session.units * (endMs - startMs)) / hourMs;
  }
  for (const denial of input.denials) {
    if (denial.user !== '') holderOf(holders, denial).denials += denial.count;
    if (denial.license === undefined) continue;
    const { summary } = figuresOf(denial.license, denial.product ?? '', denial.feature);
    if (denial.grantedSoon) summary.falseDenials += denial.count;
    else summary.trueDenials += denial.count;
  }
  return {
    from: formatInstant(fromMs),
    to: formatInstant(toMs),
    stepSeconds: stepMs / 1000,
    ...finishLicenses([...figures.values()], toMs - fromMs),
    holders: topHolders(holders),
  };
}

/** Whole seconds, so many that no more than `usageStepsMax` steps cover the time. */
export function chooseStepMs(spanMs: number): number {
  const seconds = Math.max(1, spanMs / 1000 / usageStepsMax);
  const round = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];
  return (round.find((step) => step >= seconds) ?? Math.ceil(seconds / 86_400) * 86_400) * 1000;
}

function emptySummary(
  license: string,
  product: string,
  feature: string,
  units: number | null,
): UsageSummary {
  const counts = { peakUnits: 0, averageUnits: 0, unitHours: 0, sessions: 0 };
  return { license, product, feature, units, ...counts, trueDenials: 0, falseDenials: 0 };
}

function holderOf(
  holders: Map<string, UsageByHolder>,
  { user, host, feature }: { user: string; host: string; feature: string },
): UsageByHolder {
  const key = `${user}\u0000${host}\u0000${feature}`;
  let holder = holders.get(key);
  if (!holder) {
    holder = { user, host, feature, sessions: 0, unitHours: 0, denials: 0 };
    holders.set(key, holder);
  }
  return holder;
}

function topHolders(holders: Map<string, UsageByHolder>): UsageByHolder[] {
  return [...holders.values()]
    .sort((a, b) => b.unitHours - a.unitHours || b.denials - a.denials)
    .slice(0, usageHoldersMax);
}

function finishLicenses(
  figures: LicenseFigures[],
  spanMs: number,
): Pick<UsageReport, 'summaries' | 'series'> {
  figures.sort((a, b) => (a.summary.license < b.summary.license ? -1 : 1));
  const summaries: UsageSummary[] = [];
  const series: UsageReport['series'] = [];
  for (const { summary, sweep } of figures) {
    const { peakUnits, unitMs, steps } = sweep.finish();
    summary.peakUnits = peakUnits;
    summary.unitHours = unitMs / hourMs;
    summary.averageUnits = spanMs > 0 ? unitMs / spanMs : peakUnits;
    summaries.push(summary);
    const { license, feature } = summary;
    series.push({ license, feature, peakUnits: steps.peaks, averageUnits: steps.averages });
  }
  return { summaries, series };
}
