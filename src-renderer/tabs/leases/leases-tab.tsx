import { Button, Text } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import { pageRowsMax, type LeaseSort } from '../../../src-shared/contract/records.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import { EmptyState } from '../../components/layout/empty-state.tsx';
import { ExportCsvButton } from '../../components/buttons/export-csv-button.tsx';
import { FirstClientCommand } from '../../features/seats/first-client-command.tsx';
import { toggleSort, type GridSort } from '../../components/grid/grid-column.ts';
import { useGridSelection } from '../../components/grid/grid-selection.ts';
import { useRowHeight } from '../../components/grid/row-height.ts';
import { VirtualGrid } from '../../components/grid/virtual-grid.tsx';
import { Page } from '../../components/layout/page.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { ReleaseDialog } from '../../features/seats/release-dialog.tsx';
import { formatNumber, formatCount } from '../../base/format.ts';
import { useDebounced } from '../../base/hooks.ts';
import { PeopleRegular, SearchRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { BorrowButtons } from './borrow-buttons.tsx';
import { leaseColumns } from './lease-columns.tsx';
import { LeaseFilters } from './lease-filters.tsx';
import { ChosenLeasesBar, ReleaseLeasesDialog } from './release-leases.tsx';
import { fetchLeases, useLeasePages } from './use-lease-pages.ts';

const searchAfterMs = 250;

const keyOf = ({ id }: ListedLease) => id;
const nameOf = ({ holder }: ListedLease) => `the seat of ${holder.user} on ${holder.host}`;

/** Who holds which seat since when. */
export function LeasesTab() {
  const { place, show } = useTabNavigation();
  const { license } = place;
  const leaseCount = useNode((node) => node.leaseCount);
  const [searchText, setSearchText] = useState('');
  const [borrowedOnly, setBorrowedOnly] = useState(false);
  const [sort, setSort] = useState<GridSort<LeaseSort>>({ by: 'grantedAt', descending: true });
  const [releasing, setReleasing] = useState<ListedLease | null>(null);
  const [releasingAll, setReleasingAll] = useState<readonly ListedLease[] | null>(null);
  const search = useDebounced(searchText.trim(), searchAfterMs);
  const filter = useMemo(
    () => ({ ...(license !== undefined && { license }), search, borrowedOnly }),
    [license, search, borrowedOnly],
  );
  const query = useMemo(
    () => ({ ...filter, sort: sort.by, descending: sort.descending }),
    [filter, sort],
  );
  const { pages, state } = useLeasePages(query);
  const columns = useMemo(() => leaseColumns(setReleasing), []);
  const rowHeight = useRowHeight(36, 28);
  const selection = useGridSelection({
    keyOf,
    nameOf,
    rowCount: state.total ?? 0,
    rowAt: (index) => pages.rowAt(index),
    rowsFrom: (first, count) => fetchLeases(query, first, count),
    stepMax: pageRowsMax,
    scope: filter,
  });
  const filtered = search !== '' || borrowedOnly || license !== undefined;
  const clear = () => {
    setSearchText('');
    setBorrowedOnly(false);
    show('leases');
  };
  return (
    <Page
      title="Leases"
      actions={
        <>
          <BorrowButtons onDone={() => pages.refresh()} />
          {leaseCount > 0 && <ExportCsvButton what="leases" rowWords={['lease', 'leases']} />}
        </>
      }
    >
      {leaseCount === 0 && !filtered ? (
        <NoLeases />
      ) : (
        <>
          <LeaseFilters
            search={searchText}
            onSearch={setSearchText}
            license={license}
            onLicense={(id) => show('leases', id)}
            borrowedOnly={borrowedOnly}
            onBorrowedOnly={setBorrowedOnly}
          />
          <RefusalBar title="The leases cannot be read." refusal={state.refusal} />
          <ChosenLeasesBar
            selection={selection}
            total={state.total ?? 0}
            onRelease={setReleasingAll}
          />
          <VirtualGrid<ListedLease, LeaseSort>
            label="Leases"
            columns={columns}
            rowCount={state.total ?? 0}
            rowHeightPx={rowHeight.px}
            dense={rowHeight.dense}
            selection={selection}
            rowAt={(index) => pages.rowAt(index)}
            sort={sort}
            onSort={(by) => setSort(toggleSort(sort, by))}
            onRange={pages.setRange}
            empty={state.total === 0 && <NoMatch onClear={clear} />}
          />
          <Text size={200} role="status">
            {describeTotal(state.total, leaseCount, filtered)}
          </Text>
        </>
      )}
      {releasingAll && (
        <ReleaseLeasesDialog
          leases={releasingAll}
          onClose={(finished) => {
            setReleasingAll(null);
            if (!finished) return;
            selection.clear();
            pages.refresh();
          }}
        />
      )}
      <ReleaseDialog
        lease={releasing}
        onClose={() => {
          setReleasing(null);
          pages.refresh();
        }}
      />
    </Page>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      icon={<SearchRegular />}
      title="No lease matches"
      text="Nothing is out that fits the search and the filters."
    >
      <Button onClick={onClear}>Show all leases</Button>
    </EmptyState>
  );
}

function describeTotal(total: number | null, leaseCount: number, filtered: boolean): string {
  if (total === null) return 'Reading …';
  return filtered
    ? `${formatNumber(total)} of ${formatCount(leaseCount, 'lease')}`
    : formatCount(total, 'lease');
}

function NoLeases() {
  const { show } = useTabNavigation();
  const hasLicenses = useNode((node) => node.licenses.length > 0);
  if (hasLicenses) {
    return (
      <EmptyState
        icon={<PeopleRegular />}
        title="No seat is out"
        text={
          'As soon as an application checks a seat out, its holder is here. ' +
          'On a workstation, this command runs an application with a seat:'
        }
      >
        <FirstClientCommand />
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<PeopleRegular />}
      title="No seat is out"
      text="There is nothing to check out yet: this server has no licence."
    >
      <Button appearance="primary" onClick={() => show('overview')}>
        Get a first licence
      </Button>
    </EmptyState>
  );
}
