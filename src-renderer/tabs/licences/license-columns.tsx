import { makeStyles, tokens } from '@fluentui/react-components';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { SeatBar } from '../../features/seats/seat-bar.tsx';
import { countDaysLeft } from '../../../src-shared/view/describe-date.ts';
import { formatDate, formatDaysLeft } from '../../base/format.ts';
import { useNow } from '../../base/hooks.ts';
import { describeServing } from './describe-license.ts';
import { FailoverMark, WorksMark } from './failover-mark.tsx';
import { LicenseStateBadge } from './license-state-badge.tsx';
import { ServedByMark } from './served-by-mark.tsx';
import type { LicenseEntry, LicenseSort } from './sort-licenses.ts';
import { TwoLines } from './two-lines.tsx';

const useStyles = makeStyles({
  soon: { color: tokens.colorStatusWarningForeground2 },
});

const soonDays = 30;

/** When a licence ends, and the days that are left. */
export function Expiry({ expires }: { expires: string | null }) {
  const styles = useStyles();
  const nowMs = useNow(60_000);
  if (expires === null) return <TwoLines first="Permanent" second="does not end" />;
  const atMs = Date.parse(expires);
  const soon = countDaysLeft(atMs, nowMs) <= soonDays;
  return (
    <TwoLines
      first={formatDate(atMs)}
      second={<span className={soon ? styles.soon : undefined}>{formatDaysLeft(atMs, nowMs)}</span>}
    />
  );
}

export function licenseColumns(thisServerId: string): GridColumn<LicenseEntry, LicenseSort>[] {
  return [
    {
      id: 'feature',
      label: 'Feature',
      widthMin: 96,
      share: 3,
      sort: 'feature',
      render: ({ license: { feature, id } }) => <TwoLines first={feature} second={id} strong />,
      title: ({ license: { feature, id } }) => `${feature} (${id})`,
    },
    {
      id: 'product',
      label: 'Product',
      widthMin: 80,
      share: 2,
      sort: 'product',
      render: ({ license: { product, version } }) => (
        <TwoLines first={product} second={`Version ${version}`} />
      ),
      title: ({ license: { product, version } }) => `${product} ${version}`,
    },
    {
      id: 'seats',
      label: 'Seats in use',
      widthMin: 104,
      share: 2,
      sort: 'seats',
      render: ({ license: { inUse, units, feature } }) => (
        <SeatBar inUse={inUse} units={units} label={feature} />
      ),
    },
    {
      id: 'expires',
      label: 'Valid until',
      widthMin: 92,
      share: 1,
      sort: 'expires',
      render: ({ license: { expires } }) => <Expiry expires={expires} />,
    },
    {
      id: 'state',
      label: 'State',
      widthMin: 76,
      share: 0,
      sort: 'state',
      render: ({ license }) => <LicenseStateBadge license={license} />,
    },
    {
      id: 'failover',
      label: 'Failover',
      widthMin: 120,
      share: 3,
      sort: 'configured',
      render: ({ license: { failover } }) => <FailoverMark failover={failover} />,
      title: ({ license: { failover } }) => failover.reason,
    },
    {
      id: 'works',
      label: 'Works now',
      widthMin: 92,
      share: 1,
      sort: 'works',
      render: ({ license, now }) => <WorksMark license={license} now={now} />,
      title: ({ now }) => (now.works ? undefined : now.why),
    },
    {
      id: 'servedBy',
      label: 'Served by',
      widthMin: 116,
      share: 2,
      sort: 'servedBy',
      render: ({ license }) => <ServedByMark license={license} />,
      title: ({ license: { servedBy } }) =>
        servedBy ? describeServing(servedBy, thisServerId) : undefined,
    },
  ];
}
