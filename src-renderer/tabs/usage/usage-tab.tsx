import { InfoLabel, makeStyles, Spinner, Text } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import { formatDay } from '../../../src-shared/view/describe-date.ts';
import {
  falseDenialWithinMs,
  type UsageByHolder,
  type UsageReport,
  type UsageSummary,
} from '../../../src-shared/model/usage.ts';
import { Card } from '../../components/layout/card.tsx';
import { EmptyState } from '../../components/layout/empty-state.tsx';
import { ExportCsvButton } from '../../components/buttons/export-csv-button.tsx';
import { toggleSort, type GridSort } from '../../components/grid/grid-column.ts';
import { gridHeightPx } from '../../components/grid/grid-styles.ts';
import { VirtualGrid } from '../../components/grid/virtual-grid.tsx';
import { Page } from '../../components/layout/page.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import { useNow, useRequest } from '../../base/hooks.ts';
import { DataTrendingRegular } from '../../base/icons.ts';
import { RangePicker, type ChosenRange } from './range-picker.tsx';
import { SavePictureButton } from './save-picture-button.tsx';
import { UsageChart } from './usage-chart.tsx';
import {
  holderColumns,
  sortRows,
  summaryColumns,
  type HolderSort,
  type SummarySort,
} from './usage-columns.tsx';
import { parseCustomRange, recentRange, type UsageRange } from './usage-range.ts';

const useStyles = makeStyles({ loading: { margin: 'auto' } });

const rowHeightPx = 36;
const rowsShownMax = 8;
const refreshedEveryMs = 5_000;

/** How much the licences are used, over time and by whom, and who was turned away. */
export function UsageTab() {
  const styles = useStyles();
  const [range, setRange] = useState<ChosenRange>(() => ({
    name: '24 h',
    firstDay: formatDay(Date.now() - 6 * dayMs),
    lastDay: formatDay(Date.now()),
  }));
  const nowMs = useNow(refreshedEveryMs);
  const custom = parseCustomRange(range.firstDay, range.lastDay);
  const [lastCustom, setLastCustom] = useState<UsageRange>(() => recentRange('7 d', nowMs));
  if (custom.ok && (custom.from !== lastCustom.from || custom.to !== lastCustom.to)) {
    setLastCustom({ from: custom.from, to: custom.to });
  }
  const asked = range.name === 'custom' ? lastCustom : recentRange(range.name, nowMs);
  const { value: report, refusal } = useRequest('usage.report', asked, nowMs);
  return (
    <Page
      title="Usage"
      actions={<ExportCsvButton what="usage" rowWords={['record', 'records']} {...asked} />}
    >
      <RangePicker range={range} problem={custom.ok ? null : custom.message} onChange={setRange} />
      <RefusalBar title="The usage cannot be read." refusal={refusal} />
      {report ? (
        <Report report={report} />
      ) : (
        !refusal && <Spinner className={styles.loading} label="Reading …" />
      )}
    </Page>
  );
}

function Report({ report }: { report: UsageReport }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [sort, setSort] = useState<GridSort<SummarySort>>({ by: 'unitHours', descending: true });
  const summaries = useMemo(() => sortRows(report.summaries, sort), [report, sort]);
  const busiest = report.summaries.reduce<UsageSummary | undefined>(
    (best, summary) => (best && best.unitHours >= summary.unitHours ? best : summary),
    undefined,
  );
  const selected = report.summaries.find(({ license }) => license === chosen) ?? busiest;
  const series = report.series.find(({ license }) => license === selected?.license);
  if (!selected) {
    return (
      <EmptyState
        icon={<DataTrendingRegular />}
        title="Nothing was used in this time"
        text={
          'As soon as seats are checked out, their use is counted here. ' +
          'Choose a longer time to see what was before.'
        }
      />
    );
  }
  return (
    <>
      <Card
        title={`${selected.feature}: seats in use`}
        actions={
          series && <SavePictureButton report={report} series={series} units={selected.units} />
        }
      >
        {series && series.peakUnits.length > 0 && (
          <UsageChart report={report} series={series} units={selected.units} />
        )}
      </Card>
      <Card title="By licence" actions={<DenialExplanation />}>
        <VirtualGrid<UsageSummary, SummarySort>
          label="Usage by licence"
          columns={summaryColumns}
          rowCount={summaries.length}
          rowHeightPx={rowHeightPx}
          maxHeightPx={gridHeightPx(Math.min(summaries.length, rowsShownMax), rowHeightPx)}
          rowAt={(index) => summaries[index]}
          sort={sort}
          onSort={(by) => setSort(toggleSort(sort, by))}
          onActivate={({ license }) => setChosen(license)}
          isOpen={({ license }) => license === selected.license}
        />
        <Text size={200}>Choose a licence to see it over time.</Text>
      </Card>
      <Holders report={report} />
    </>
  );
}

function Holders({ report }: { report: UsageReport }) {
  const [sort, setSort] = useState<GridSort<HolderSort>>({ by: 'unitHours', descending: true });
  const holders = useMemo(() => sortRows(report.holders, sort), [report, sort]);
  if (holders.length === 0) return null;
  return (
    <Card title="By user and host">
      <VirtualGrid<UsageByHolder, HolderSort>
        label="Usage by user and host"
        columns={holderColumns}
        rowCount={holders.length}
        rowHeightPx={rowHeightPx}
        maxHeightPx={gridHeightPx(Math.min(holders.length, rowsShownMax), rowHeightPx)}
        rowAt={(index) => holders[index]}
        sort={sort}
        onSort={(by) => setSort(toggleSort(sort, by))}
      />
    </Card>
  );
}

function DenialExplanation() {
  return (
    <InfoLabel
      info={
        `A request is refused when no seat is free. “Waited”: the same user on the same host got ` +
        `the feature within ${falseDenialWithinMs / 60_000} minutes after it. “Turned away”: ` +
        `they did not; these tell whether more seats are needed.`
      }
    >
      Turned away, waited
    </InfoLabel>
  );
}
