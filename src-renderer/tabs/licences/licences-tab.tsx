import { Button, makeStyles, Text } from '@fluentui/react-components';
import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { whyNoFailover } from '../../../src-shared/view/describe-readiness.ts';
import { waitsFor } from '../../../src-shared/view/protection.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { EmptyState } from '../../components/layout/empty-state.tsx';
import { toggleSort, type GridSort } from '../../components/grid/grid-column.ts';
import { useGridSelection } from '../../components/grid/grid-selection.ts';
import { useRowHeight } from '../../components/grid/row-height.ts';
import { VirtualGrid } from '../../components/grid/virtual-grid.tsx';
import { Page } from '../../components/layout/page.tsx';
import { RemoveDemoButton } from '../../features/bulk/remove-demo-button.tsx';
import { formatCount, formatNumber } from '../../base/format.ts';
import { DocumentAddRegular, CertificateRegular } from '../../base/icons.ts';
import { useImport } from '../../features/import/import-context.ts';
import { LicenseFolderNote, OpenLicenseFolder } from '../../features/import/license-folder.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { filterLicenses, noFilter, type LicenseFilter } from './filter-licenses.ts';
import { licenseColumns } from './license-columns.tsx';
import { LicenseFilters } from './license-filters.tsx';
import { LicensePanel } from './license-panel.tsx';
import { ChosenLicensesBar, RemoveLicensesDialog } from './remove-licenses.tsx';
import { sortLicenses, type LicenseSort } from './sort-licenses.ts';

const useStyles = makeStyles({
  split: {
    position: 'relative',
    flex: '1 1 0',
    minHeight: '200px',
    minWidth: 0,
    display: 'flex',
    gap: '12px',
  },
  table: { flex: '1 1 0', minWidth: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
});

/** The licences of this server; a row opens its holders, denials and versions beside the table. */
export function LicencesTab() {
  const licenses = useNode((node) => node.licenses);
  const { chooseLicense, busy } = useImport();
  // Here, so that what came of it is still told when no licence is left.
  const [removing, setRemoving] = useState<readonly LicenseDetail[] | null>(null);
  const importButton = (
    <DialogButton
      appearance="primary"
      icon={<DocumentAddRegular />}
      disabledFocusable={busy}
      onClick={chooseLicense}
    >
      Import licence file …
    </DialogButton>
  );
  return (
    <Page
      title="Licences"
      actions={
        <>
          <RemoveDemoButton />
          {licenses.length > 0 && (
            <>
              <OpenLicenseFolder />
              {importButton}
            </>
          )}
        </>
      }
    >
      {licenses.length === 0 ? (
        <NoLicenses importButton={importButton} />
      ) : (
        <Licenses licenses={licenses} onRemove={setRemoving} />
      )}
      {removing && <RemoveLicensesDialog licenses={removing} onClose={() => setRemoving(null)} />}
    </Page>
  );
}

const keyOf = ({ id }: LicenseDetail) => id;
const nameOf = ({ feature, id }: LicenseDetail) => `${feature} (${id})`;

interface LicensesProps {
  licenses: readonly LicenseDetail[];
  onRemove: (licenses: readonly LicenseDetail[]) => void;
}

function Licenses({ licenses, onRemove }: LicensesProps) {
  const styles = useStyles();
  const { place, show } = useTabNavigation();
  const serverId = useNode((node) => node.server.id);
  const [filter, setFilter] = useState<LicenseFilter>(noFilter);
  const [sort, setSort] = useState<GridSort<LicenseSort>>({ by: 'feature', descending: false });
  const columns = useMemo(() => licenseColumns(serverId), [serverId]);
  const working = useWorking();
  const rows = useMemo(
    () => sortLicenses(filterLicenses(licenses, filter), sort, working),
    [licenses, filter, sort, working],
  );
  const rowHeight = useRowHeight(60, 36);
  const selection = useGridSelection({
    keyOf,
    nameOf,
    rowCount: rows.length,
    rowAt: (index) => rows[index],
    rowsFrom: (first, count) => rows.slice(first, first + count),
    present: rows,
  });
  const opened = licenses.find(({ id }) => id === place.license);
  const panel = usePanelFocus(place.license);
  const split = useRef<HTMLDivElement>(null);
  const close = () => {
    const leavesPanel = split.current?.querySelector('aside')?.contains(document.activeElement);
    show('licences');
    if (leavesPanel) focusRow(split.current);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !opened) return;
    event.preventDefault();
    close();
  };
  return (
    <>
      <LicenseFilters filter={filter} onFilter={setFilter} />
      <ChosenLicensesBar selection={selection} onRemove={onRemove} />
      <div ref={split} className={styles.split} onKeyDown={onKeyDown}>
        <div className={styles.table}>
          <VirtualGrid<LicenseDetail, LicenseSort>
            label="Licences"
            columns={columns}
            rowCount={rows.length}
            rowHeightPx={rowHeight.px}
            dense={rowHeight.dense}
            rowAt={(index) => rows[index]}
            sort={sort}
            onSort={(by) => setSort(toggleSort(sort, by))}
            selection={selection}
            browsing={opened !== undefined}
            onActivate={({ id }, byKey) => {
              panel.opening(id, byKey);
              show('licences', id);
            }}
            isOpen={({ id }) => id === place.license}
            empty={<NoMatch onClear={() => setFilter(noFilter)} />}
          />
          <Summary rows={rows} working={working} count={licenses.length} />
          <LicenseFolderNote />
        </div>
        {opened && <LicensePanel license={opened} focusKey={panel.focusKey} onClose={close} />}
      </div>
    </>
  );
}

/** The ids of the licences whose failover would work now; the same set as long as they are the same. */
function useWorking(): ReadonlySet<string> {
  const ids = useNode((node) =>
    node.licenses
      .filter((license) => whyNoFailover(node, license) === null)
      .map(({ id }) => id)
      .join('\n'),
  );
  return useMemo(() => new Set(ids.split('\n')), [ids]);
}

/** When the panel takes the focus: when a key opened it, or another tab; not at a click on a row. */
function usePanelFocus(license: string | undefined) {
  const [byRow, setByRow] = useState<{ license: string; presses: number } | null>(null);
  const opening = (id: string, byKey: boolean) =>
    setByRow((former) => ({ license: id, presses: byKey ? (former?.presses ?? 0) + 1 : 0 }));
  const clicked = byRow?.license === license && byRow?.presses === 0;
  return { opening, focusKey: clicked ? null : `${license ?? ''}:${byRow?.presses ?? 0}` };
}

function focusRow(around: HTMLElement | null): void {
  around?.querySelector<HTMLElement>('[role=grid] [role=row][tabindex="0"]')?.focus();
}

interface SummaryProps {
  rows: readonly LicenseDetail[];
  working: ReadonlySet<string>;
  count: number;
}

function Summary({ rows, working, count }: SummaryProps) {
  const broken = rows.filter(({ id, failover }) => failover.configured && !working.has(id)).length;
  const failedOver = rows.filter(({ servedBy }) => servedBy?.role === 'failover').length;
  const waiting = useNode((node) => rows.filter((row) => waitsFor(node, row) !== null).length);
  const shown =
    rows.length === count
      ? formatCount(count, 'licence')
      : `${formatNumber(rows.length)} of ${formatCount(count, 'licence')}`;
  return (
    <Text size={200} role="status">
      {shown}
      {failedOver > 0 && `, ${failedOver} of them served by a failover server`}
      {broken > 0 && `, ${broken} of them not protected now`}
      {waiting > 0 && `, ${waiting} waiting for ${waiting === 1 ? 'its' : 'their'} own server`}.
      Drop a licence file anywhere on this window to import it.
    </Text>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      icon={<CertificateRegular />}
      title="No licence matches"
      text="No licence fits the search and the filters."
    >
      <Button onClick={onClear}>Show all licences</Button>
    </EmptyState>
  );
}

function NoLicenses({ importButton }: { importButton: ReactNode }) {
  const { chooseVendor, installDemo, busy } = useImport();
  return (
    <EmptyState
      icon={<CertificateRegular />}
      title="No licence yet"
      text={
        'First trust the key of your vendor, a file that ends in .pub: a licence file counts only when ' +
        'its vendor is trusted here. Then drop the licence file anywhere on this window, or choose it.'
      }
    >
      <DialogButton disabledFocusable={busy} onClick={chooseVendor}>
        Trust a vendor key …
      </DialogButton>
      {importButton}
      <DialogButton disabledFocusable={busy} onClick={installDemo}>
        Try the demo licences
      </DialogButton>
      <OpenLicenseFolder />
      <LicenseFolderNote />
    </EmptyState>
  );
}
