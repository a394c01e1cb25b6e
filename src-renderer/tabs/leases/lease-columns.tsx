import { Badge } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import type { LeaseSort } from '../../../src-shared/contract/records.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { Moment, RelativeTime } from '../../components/marks/moment.tsx';
import { formatExact, formatNumber } from '../../base/format.ts';

export function leaseColumns(
  onRelease: (lease: ListedLease) => void,
): GridColumn<ListedLease, LeaseSort>[] {
  return [
    textColumn('user', 'User', 92, 3, ({ holder }) => holder.user, 'user'),
    textColumn('host', 'Host', 104, 4, ({ holder }) => holder.host, 'host'),
    { ...textColumn('app', 'App', 72, 2, ({ holder }) => holder.app ?? ''), leaves: 3 },
    {
      ...textColumn('feature', 'Feature', 92, 2, ({ feature }) => feature, 'feature'),
      title: ({ feature, license }) => `${feature} (${license})`,
    },
    // Where this column is hidden, the feature of the licence tells nearly as well.
    { ...textColumn('license', 'Licence', 104, 2, ({ license }) => license), leaves: 4 },
    {
      id: 'units',
      leaves: 2,
      label: 'Seats',
      widthMin: 40,
      share: 0,
      align: 'end',
      render: ({ units }) => formatNumber(units),
    },
    {
      id: 'since',
      leaves: 1,
      label: 'Since',
      widthMin: 88,
      share: 1,
      sort: 'grantedAt',
      render: ({ grantedAt }) => <RelativeTime atMs={Date.parse(grantedAt)} />,
    },
    {
      id: 'ends',
      label: 'Ends',
      widthMin: 152,
      share: 0,
      sort: 'expiresAt',
      render: (lease) => <LeaseEnd lease={lease} />,
      title: ({ borrowUntil, expiresAt }) =>
        borrowUntil
          ? `Borrowed until ${formatExact(Date.parse(borrowUntil))}`
          : `${formatExact(Date.parse(expiresAt))}, unless it is renewed before`,
    },
    {
      id: 'actions',
      label: 'Actions',
      widthMin: 84,
      share: 0,
      headingHidden: true,
      pinned: true,
      render: (lease) => (
        <DialogButton
          size="small"
          aria-label={`Release the seat of ${lease.holder.user} on ${lease.holder.host}`}
          onClick={() => onRelease(lease)}
        >
          Release …
        </DialogButton>
      ),
    },
  ];
}

function textColumn(
  id: string,
  label: string,
  widthMin: number,
  share: number,
  textOf: (lease: ListedLease) => string,
  sort?: LeaseSort,
): GridColumn<ListedLease, LeaseSort> {
  return { id, label, widthMin, share, render: textOf, title: textOf, ...(sort && { sort }) };
}

function LeaseEnd({ lease }: { lease: ListedLease }) {
  if (!lease.borrowUntil) return <RelativeTime atMs={Date.parse(lease.expiresAt)} />;
  return (
    <>
      <Badge appearance="tint" color="informative" size="small">
        Borrowed
      </Badge>{' '}
      <Moment brief atMs={Date.parse(lease.borrowUntil)} />
    </>
  );
}
