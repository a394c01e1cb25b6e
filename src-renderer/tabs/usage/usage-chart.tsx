import { makeStyles, tokens } from '@fluentui/react-components';
import { useMemo, useState, type KeyboardEvent } from 'react';
import type { UsageReport } from '../../../src-shared/model/usage.ts';
import { formatDateTime, formatDecimal, formatNumber } from '../../base/format.ts';
import { useWidth } from '../../base/hooks.ts';
import { deriveChart, formatTimeTick, type ChartGeometry } from './chart-geometry.ts';

const useStyles = makeStyles({
  root: { width: '100%', minWidth: 0 },
  svg: {
    display: 'block',
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  grid: { stroke: tokens.colorNeutralStroke2, strokeOpacity: 0.6 },
  tick: {
    fill: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontFamily: tokens.fontFamilyBase,
  },
  area: { fill: tokens.colorBrandBackground, fillOpacity: 0.18 },
  peak: { fill: 'none', stroke: tokens.colorBrandForeground1, strokeWidth: 1.5 },
  average: {
    fill: 'none',
    stroke: tokens.colorPaletteMarigoldForeground2,
    strokeWidth: 2,
    strokeDasharray: '2 3',
  },
  limit: {
    stroke: tokens.colorStatusDangerForeground1,
    strokeWidth: 1.5,
    strokeDasharray: '8 4',
  },
  marker: { stroke: tokens.colorNeutralForeground2 },
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 20px',
    fontSize: tokens.fontSizeBase200,
    marginTop: '4px',
  },
  entry: { display: 'inline-flex', alignItems: 'center', gap: '6px' },
  reading: { fontVariantNumeric: 'tabular-nums', minHeight: '20px', marginTop: '4px' },
});

const heightPx = 220;

interface UsageChartProps {
  report: UsageReport;
  series: UsageReport['series'][number];
  units: number | null;
}

/** Peak and average of one licence over time, with the number of seats that it has. */
export function UsageChart({ report, series, units }: UsageChartProps) {
  const styles = useStyles();
  const [ref, widthPx] = useWidth();
  const [step, setStep] = useState<number | null>(null);
  const stepMs = report.stepSeconds * 1_000;
  const fromMs = Date.parse(report.from);
  const chart = useMemo(() => {
    const { peakUnits, averageUnits } = series;
    return deriveChart({ widthPx, heightPx, fromMs, stepMs, peakUnits, averageUnits, units });
  }, [widthPx, fromMs, stepMs, series, units]);
  const last = series.peakUnits.length - 1;
  const marked = step === null ? null : Math.min(step, last);

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: (marked ?? last + 1) - 1,
      ArrowRight: (marked ?? -1) + 1,
      Home: 0,
      End: last,
    };
    const target = moves[event.key];
    if (target === undefined) return;
    event.preventDefault();
    setStep(Math.min(last, Math.max(0, target)));
  };
  return (
    <div ref={ref} className={styles.root}>
      <svg
        className={styles.svg}
        width={widthPx}
        height={heightPx}
        tabIndex={0}
        role="img"
        aria-label={`Seats of ${series.feature} in use over time; the arrow keys read values`}
        onKeyDown={onKeyDown}
        onPointerMove={(event) =>
          setStep(chart.stepAt(event.clientX - event.currentTarget.getBoundingClientRect().left))
        }
        onPointerLeave={() => setStep(null)}
      >
        <Axes chart={chart} spanMs={stepMs * (last + 1)} />
        <path className={styles.area} d={chart.peakArea} />
        <path className={styles.peak} d={chart.peakLine} />
        <path className={styles.average} d={chart.averageLine} />
        {chart.limitY !== null && (
          <line
            className={styles.limit}
            x1={chart.left}
            x2={chart.right}
            y1={chart.limitY}
            y2={chart.limitY}
          />
        )}
        {marked !== null && (
          <line
            className={styles.marker}
            x1={chart.xOf(marked)}
            x2={chart.xOf(marked)}
            y1={chart.top}
            y2={chart.bottom}
          />
        )}
      </svg>
      <Legend units={units} limitShown={chart.limitY !== null} />
      <div className={styles.reading} role="status">
        {marked !== null && describeStep(series, marked, fromMs + marked * stepMs)}
      </div>
    </div>
  );
}

function describeStep(
  { peakUnits, averageUnits }: UsageReport['series'][number],
  step: number,
  atMs: number,
): string {
  const peak = formatNumber(peakUnits[step] ?? 0);
  return `${formatDateTime(atMs)}: peak ${peak}, average ${formatDecimal(averageUnits[step] ?? 0)}`;
}

function Axes({ chart, spanMs }: { chart: ChartGeometry; spanMs: number }) {
  const styles = useStyles();
  return (
    <g aria-hidden>
      {chart.seatTicks.map(({ at, value }) => (
        <g key={value}>
          <line className={styles.grid} x1={chart.left} x2={chart.right} y1={at} y2={at} />
          <text className={styles.tick} x={chart.left - 8} y={at + 4} textAnchor="end">
            {formatNumber(value)}
          </text>
        </g>
      ))}
      {chart.timeTicks.map(({ at, value }) => (
        <g key={value}>
          <line className={styles.grid} x1={at} x2={at} y1={chart.bottom} y2={chart.bottom + 5} />
          <text className={styles.tick} x={at} y={chart.bottom + 20} textAnchor="middle">
            {formatTimeTick(value, spanMs)}
          </text>
        </g>
      ))}
    </g>
  );
}

function Legend({ units, limitShown }: { units: number | null; limitShown: boolean }) {
  const styles = useStyles();
  const line = (className: string) => (
    <svg width="24" height="8" aria-hidden>
      <line className={className} x1="0" x2="24" y1="4" y2="4" />
    </svg>
  );
  return (
    <div className={styles.legend}>
      <span className={styles.entry}>{line(styles.peak)} Peak</span>
      <span className={styles.entry}>{line(styles.average)} Average</span>
      {units !== null && (
        <span className={styles.entry}>
          {limitShown && line(styles.limit)} {formatNumber(units)} seats in all
        </span>
      )}
    </div>
  );
}
