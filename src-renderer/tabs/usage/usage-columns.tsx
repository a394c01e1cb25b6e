import { makeStyles, tokens } from '@fluentui/react-components';
import type { UsageByHolder, UsageSummary } from '../../../src-shared/model/usage.ts';
import type { GridColumn, GridSort } from '../../components/grid/grid-column.ts';
import { formatAmount, formatNumber } from '../../base/format.ts';
import { compareNames } from '../../base/natural-order.ts';

export type SummarySort =
  | 'feature'
  | 'units'
  | 'peakUnits'
  | 'averageUnits'
  | 'unitHours'
  | 'sessions'
  | 'trueDenials'
  | 'falseDenials';

export type HolderSort = 'user' | 'host' | 'feature' | 'unitHours' | 'sessions' | 'denials';

const useStyles = makeStyles({ gone: { color: tokens.colorNeutralForeground3 } });

function LicenseName({ summary }: { summary: UsageSummary }) {
  const styles = useStyles();
  return (
    <>
      {summary.feature}{' '}
      <span className={styles.gone}>
        {summary.license}
        {summary.units === null && ', removed'}
      </span>
    </>
  );
}

export const summaryColumns: GridColumn<UsageSummary, SummarySort>[] = [
  {
    id: 'feature',
    label: 'Licence',
    widthMin: 140,
    share: 1,
    sort: 'feature',
    render: (summary) => <LicenseName summary={summary} />,
    title: ({ feature, product, license }) => `${feature}, ${product} (${license})`,
  },
  numberColumn('units', 'Seats', 52, ({ units }) => (units === null ? '–' : formatNumber(units))),
  numberColumn('peakUnits', 'Peak', 52, ({ peakUnits }) => formatNumber(peakUnits)),
  numberColumn('averageUnits', 'Average', 68, ({ averageUnits }) => formatAmount(averageUnits)),
  numberColumn('unitHours', 'Seat hours', 92, ({ unitHours }) => formatAmount(unitHours)),
  numberColumn('sessions', 'Sessions', 72, ({ sessions }) => formatNumber(sessions)),
  numberColumn('trueDenials', 'Turned away', 96, ({ trueDenials }) => formatNumber(trueDenials)),
  numberColumn('falseDenials', 'Waited', 60, ({ falseDenials }) => formatNumber(falseDenials)),
];

export const holderColumns: GridColumn<UsageByHolder, HolderSort>[] = [
  textColumn('user', 'User', ({ user }) => user),
  textColumn('host', 'Host', ({ host }) => host),
  textColumn('feature', 'Feature', ({ feature }) => feature),
  numberColumn('unitHours', 'Seat hours', 92, ({ unitHours }) => formatAmount(unitHours)),
  numberColumn('sessions', 'Sessions', 76, ({ sessions }) => formatNumber(sessions)),
  numberColumn('denials', 'Denials', 76, ({ denials }) => formatNumber(denials)),
];

function numberColumn<Row, Sort extends string>(
  sort: Sort,
  label: string,
  widthMin: number,
  render: (row: Row) => string,
): GridColumn<Row, Sort> {
  return { id: sort, label, widthMin, share: 0, align: 'end', sort, render };
}

function textColumn<Row, Sort extends string>(
  sort: Sort,
  label: string,
  textOf: (row: Row) => string,
): GridColumn<Row, Sort> {
  return { id: sort, label, widthMin: 110, share: 1, sort, render: textOf, title: textOf };
}

/** Rows in the order of a column; nothing (a licence that is gone) comes before everything. */
export function sortRows<Row extends Record<Sort, string | number | null>, Sort extends string>(
  rows: readonly Row[],
  sort: GridSort<Sort>,
): Row[] {
  const direction = sort.descending ? -1 : 1;
  return rows.toSorted((a, b) => direction * compareCells(a[sort.by], b[sort.by]));
}

function compareCells(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'string' && typeof b === 'string') return compareNames(a, b);
  return Number(a ?? -1) - Number(b ?? -1);
}
