import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { Moment } from '../../components/moment.tsx';
import { SeatBar } from '../../components/seat-bar.tsx';
import { daysLeft, formatDate, formatDaysLeft } from '../../format.ts';
import { useNow } from '../../hooks.ts';
import { describeServedBy } from './describe-license.ts';
import { LicenseStateBadge } from './license-state-badge.tsx';
import type { LicenseSort } from './sort-licenses.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  line: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  wrapped: {
    whiteSpace: 'normal',
    lineHeight: tokens.lineHeightBase100,
    display: '-webkit-box',
    WebkitBoxOrient: 'vertical',
    WebkitLineClamp: 2,
    overflow: 'hidden',
  },
  main: { fontWeight: tokens.fontWeightSemibold },
  second: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground3 },
  soon: { color: tokens.colorStatusWarningForeground2 },
});

interface TwoLinesProps {
  first: ReactNode;
  second: ReactNode;
  strong?: boolean;
  /** The second line may become two. */
  wrap?: boolean;
}

function TwoLines({ first, second, strong = false, wrap = false }: TwoLinesProps) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={mergeClasses(styles.line, strong && styles.main)}>{first}</span>
      <span className={mergeClasses(wrap ? styles.wrapped : styles.line, styles.second)}>
        {second}
      </span>
    </div>
  );
}

interface ServedByProps extends Pick<LicenseDetail, 'servedBy'> {
  thisServerId: string;
}

function ServedBy({ servedBy, thisServerId }: ServedByProps) {
  const { who, role } = describeServedBy(servedBy, thisServerId);
  return (
    <TwoLines
      first={who}
      second={
        servedBy && (
          <>
            {role} since <Moment brief atMs={Date.parse(servedBy.since)} />
          </>
        )
      }
      wrap
    />
  );
}

const soonDays = 30;

/** When a licence ends, and the days that are left. */
export function Expiry({ expires }: { expires: string | null }) {
  const styles = useStyles();
  const nowMs = useNow(60_000);
  if (expires === null) return <TwoLines first="Permanent" second="does not end" />;
  const atMs = Date.parse(expires);
  const soon = daysLeft(atMs, nowMs) <= soonDays;
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
      widthMin: 108,
      share: 3,
      sort: 'feature',
      render: ({ feature, id }) => <TwoLines first={feature} second={id} strong />,
      title: ({ feature, id }) => `${feature} (${id})`,
    },
    {
      id: 'product',
      label: 'Product',
      widthMin: 96,
      share: 2,
      sort: 'product',
      render: ({ product, version }) => <TwoLines first={product} second={`Version ${version}`} />,
      title: ({ product, version }) => `${product} ${version}`,
    },
    {
      id: 'seats',
      label: 'Seats in use',
      widthMin: 112,
      share: 2,
      sort: 'seats',
      render: ({ inUse, units, feature }) => (
        <SeatBar inUse={inUse} units={units} label={feature} />
      ),
    },
    {
      id: 'expires',
      label: 'Valid until',
      widthMin: 108,
      share: 1,
      sort: 'expires',
      render: ({ expires }) => <Expiry expires={expires} />,
    },
    {
      id: 'state',
      label: 'State',
      widthMin: 84,
      share: 0,
      sort: 'state',
      render: (license) => <LicenseStateBadge license={license} />,
    },
    {
      id: 'failover',
      label: 'Failover',
      widthMin: 108,
      share: 2,
      render: ({ failover }) => (
        <TwoLines
          first={failover.configured ? 'Configured' : 'Not configured'}
          second={failover.reason ?? ''}
          wrap
        />
      ),
      title: ({ failover }) => failover.reason,
    },
    {
      id: 'servedBy',
      label: 'Served by',
      widthMin: 100,
      share: 1,
      render: ({ servedBy }) => <ServedBy servedBy={servedBy} thisServerId={thisServerId} />,
    },
  ];
}
