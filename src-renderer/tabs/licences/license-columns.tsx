import { makeStyles, tokens } from '@fluentui/react-components';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { SeatBar } from '../../features/seats/seat-bar.tsx';
import { countDaysLeft } from '../../../src-shared/view/describe-date.ts';
import { formatCount, formatDate, formatDaysLeft } from '../../base/format.ts';
import { useNow } from '../../base/hooks.ts';
import { describeServing } from './describe-license.ts';
import { FailoverMark, WorksMark } from './failover-mark.tsx';
import { LicenseStateBadge } from './license-state-badge.tsx';
import { ServedByMark } from './served-by-mark.tsx';
import type { LicenseSort } from './sort-licenses.ts';
import { TwoLines } from './two-lines.tsx';

const useStyles = makeStyles({
  soon: { color: tokens.colorStatusWarningForeground2 },
});

const soonDays = 30;

/** When a licence ends, and the days that are left. */
export function Expiry({ expires, trialDays }: Pick<LicenseDetail, 'expires' | 'trialDays'>) {
  const styles = useStyles();
  const nowMs = useNow(60_000);
  if (expires === null && trialDays !== undefined) {
    return <TwoLines first="Trial" second={`${formatCount(trialDays, 'day')} after first use`} />;
  }
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

export function licenseColumns(thisServerId: string): GridColumn<LicenseDetail, LicenseSort>[] {
  return [
    {
      id: 'feature',
      label: 'Feature',
      widthMin: 88,
      share: 1,
      sort: 'feature',
      render: ({ feature, id }) => <TwoLines first={feature} second={id} strong />,
      title: ({ feature, id }) => `${feature} (${id})`,
    },
    {
      id: 'product',
      leaves: 5,
      label: 'Product',
      widthMin: 110,
      share: 1,
      sort: 'product',
      render: ({ product, version }) => <TwoLines first={product} second={`Version ${version}`} />,
      title: ({ product, version }) => `${product} ${version}`,
    },
    {
      id: 'seats',
      leaves: 1,
      label: 'Seats in use',
      widthMin: 108,
      share: 0,
      sort: 'seats',
      render: ({ inUse, units, feature }) => (
        <SeatBar inUse={inUse} units={units} label={feature} />
      ),
    },
    {
      id: 'expires',
      leaves: 4,
      label: 'Valid until',
      widthMin: 98,
      share: 0,
      sort: 'expires',
      render: ({ expires, trialDays }) => <Expiry expires={expires} trialDays={trialDays} />,
    },
    {
      id: 'state',
      label: 'State',
      widthMin: 98,
      share: 0,
      sort: 'state',
      render: (license) => <LicenseStateBadge license={license} />,
    },
    {
      id: 'failover',
      leaves: 3,
      label: 'Failover',
      widthMin: 130,
      share: 3,
      sort: 'configured',
      render: ({ failover }) => <FailoverMark failover={failover} />,
      title: ({ failover }) => failover.reason,
    },
    {
      id: 'works',
      leaves: 2,
      label: 'Works now',
      widthMin: 92,
      share: 0,
      sort: 'works',
      render: (license) => <WorksMark license={license} />,
    },
    {
      id: 'servedBy',
      label: 'Served by',
      widthMin: 122,
      share: 3,
      sort: 'servedBy',
      render: (license) => <ServedByMark license={license} />,
      title: ({ servedBy }) => (servedBy ? describeServing(servedBy, thisServerId) : undefined),
    },
  ];
}
