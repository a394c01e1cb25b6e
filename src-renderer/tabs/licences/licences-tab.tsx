import { Button, SearchBox, Text } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { useMemo, useState } from 'react';
import { judgeLicense } from '../../../src-shared/view/describe-readiness.ts';
import { waitsFor } from '../../../src-shared/view/protection.ts';
import { EmptyState } from '../../components/layout/empty-state.tsx';
import { toggleSort, type GridSort } from '../../components/grid/grid-column.ts';
import { VirtualGrid } from '../../components/grid/virtual-grid.tsx';
import { Page } from '../../components/layout/page.tsx';
import { formatCount } from '../../base/format.ts';
import { ArrowImportRegular, CertificateRegular } from '../../base/icons.ts';
import { useImport } from '../../features/import/import-context.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { licenseColumns } from './license-columns.tsx';
import { LicensePanel } from './license-panel.tsx';
import { selectLicenses, type LicenseEntry, type LicenseSort } from './sort-licenses.ts';

const rowHeightPx = 60;
/** With fewer licences than this, a search would only be in the way. */
const searchFrom = 8;

/** The licences of this server; a row opens its holders, denials and versions. */
export function LicencesTab() {
  const { place, show } = useTabNavigation();
  const { chooseLicense, busy } = useImport();
  const licenses = useNode((node) => node.licenses);
  const serverId = useNode((node) => node.server.id);
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<GridSort<LicenseSort>>({ by: 'feature', descending: false });
  const columns = useMemo(() => licenseColumns(serverId), [serverId]);
  const node = useNode((known) => known);
  const entries = useMemo(
    () => node.licenses.map((license) => ({ license, now: judgeLicense(node, license) })),
    [node],
  );
  const rows = useMemo(() => selectLicenses(entries, search, sort), [entries, search, sort]);
  const failedOver = rows.filter(({ license }) => license.servedBy?.role === 'failover').length;
  const waiting = rows.filter(({ license }) => waitsFor(node, license) !== null).length;
  const broken = rows.filter(
    ({ license, now }) => license.failover.configured && !now.works,
  ).length;
  const opened = licenses.find(({ id }) => id === place.license);
  const importButton = (
    <DialogButton
      appearance="primary"
      icon={<ArrowImportRegular />}
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
          {licenses.length >= searchFrom && (
            <SearchBox
              placeholder="Search licences"
              aria-label="Search licences"
              value={search}
              onChange={(_event, data) => setSearch(data.value)}
            />
          )}
          {licenses.length > 0 && importButton}
        </>
      }
    >
      {licenses.length === 0 ? (
        <NoLicenses importButton={importButton} />
      ) : (
        <>
          <VirtualGrid<LicenseEntry, LicenseSort>
            label="Licences"
            columns={columns}
            rowCount={rows.length}
            rowHeightPx={rowHeightPx}
            rowAt={(index) => rows[index]}
            sort={sort}
            onSort={(by) => setSort(toggleSort(sort, by))}
            onActivate={({ license }) => show('licences', license.id)}
            isSelected={({ license }) => license.id === place.license}
            empty={
              <EmptyState
                icon={<CertificateRegular />}
                title="No licence matches"
                text={`Nothing has “${search}” in its feature, product, vendor or id.`}
              >
                <Button onClick={() => setSearch('')}>Show all licences</Button>
              </EmptyState>
            }
          />
          <Text size={200}>
            {formatCount(rows.length, 'licence')}
            {failedOver > 0 && `, ${failedOver} of them served by a failover server`}
            {broken > 0 && `, ${broken} of them not protected now`}
            {waiting > 0 &&
              `, ${waiting} waiting for ${waiting === 1 ? 'its' : 'their'} own server`}
            . Drop a licence file anywhere on this window to import it.
          </Text>
        </>
      )}
      <LicensePanel license={opened} onClose={() => show('licences')} />
    </Page>
  );
}

function NoLicenses({ importButton }: { importButton: React.ReactNode }) {
  const { chooseVendor, installDemo, busy } = useImport();
  return (
    <EmptyState
      icon={<CertificateRegular />}
      title="No licence yet"
      text={
        'Drop the licence file that your vendor sent anywhere on this window, or choose it. ' +
        'A file counts only when its vendor is trusted here.'
      }
    >
      {importButton}
      <DialogButton disabledFocusable={busy} onClick={chooseVendor}>
        Trust a vendor key …
      </DialogButton>
      <DialogButton disabledFocusable={busy} onClick={installDemo}>
        Try the demo licences
      </DialogButton>
    </EmptyState>
  );
}
