import { makeStyles, mergeClasses } from '@fluentui/react-components';
import type { ComponentType } from 'react';
import type { Tab } from '../../src-shared/model/attention.ts';
import { useUi } from '../base/snapshot-store.ts';
import { useTabNavigation } from '../base/tab-navigation.ts';
import { tabEntries } from './tabs.ts';
import { FailoverTab } from '../tabs/failover/failover-tab.tsx';
import { LeasesTab } from '../tabs/leases/leases-tab.tsx';
import { LicencesTab } from '../tabs/licences/licences-tab.tsx';
import { OverviewTab } from '../tabs/overview/overview-tab.tsx';
import { ServersTab } from '../tabs/servers/servers-tab.tsx';
import { SettingsTab } from '../tabs/settings/settings-tab.tsx';
import { TimelineTab } from '../tabs/timeline/timeline-tab.tsx';
import { UsageTab } from '../tabs/usage/usage-tab.tsx';
import { ErrorBoundary } from './error-boundary.tsx';

const useStyles = makeStyles({
  root: { flex: 1, minHeight: 0, minWidth: 0, outlineStyle: 'none' },
  panel: { height: '100%', minHeight: 0, minWidth: 0 },
  // Old data is grey, but as readable as before.
  stale: { filter: 'grayscale(1)', opacity: 0.75 },
});

const panels: Record<Tab, ComponentType> = {
  overview: OverviewTab,
  licences: LicencesTab,
  servers: ServersTab,
  failover: FailoverTab,
  leases: LeasesTab,
  usage: UsageTab,
  timeline: TimelineTab,
  settings: SettingsTab,
};

export function TabPanel() {
  const styles = useStyles();
  const { place } = useTabNavigation();
  const connected = useUi((ui) => ui?.connection.state === 'connected');
  const Panel = panels[place.tab];
  const label = tabEntries.find(({ tab }) => tab === place.tab)?.label ?? place.tab;
  return (
    <main tabIndex={-1} className={mergeClasses(styles.root, !connected && styles.stale)}>
      <div role="tabpanel" aria-label={label} className={styles.panel}>
        <ErrorBoundary key={place.tab} what={`The tab ${label}`}>
          <Panel />
        </ErrorBoundary>
      </div>
    </main>
  );
}
