import { makeStyles } from '@fluentui/react-components';
import { Page } from '../../components/page.tsx';
import { AboutCard } from './about-card.tsx';
import { GeneralCard } from './general-card.tsx';
import { IdentityCard } from './identity-card.tsx';
import { LogsCard } from './logs-card.tsx';
import { NodeSettingsCard } from './node-settings-card.tsx';
import { VendorsCard } from './vendors-card.tsx';

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 960px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  column: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
});

/** Settings of this account and of the server; what is applied takes effect at once. */
export function SettingsTab() {
  const styles = useStyles();
  return (
    <Page title="Settings">
      <div className={styles.columns}>
        <div className={styles.column}>
          <GeneralCard />
          <NodeSettingsCard title="Network" settings={['name', 'listenHost', 'listenPort']} />
          <NodeSettingsCard title="Limits" settings={['requestsPerSecondMax', 'connectionsMax']} />
          <NodeSettingsCard title="Usage records" settings={['usageKeptDays']} />
        </div>
        <div className={styles.column}>
          <IdentityCard />
          <VendorsCard />
          <LogsCard />
          <AboutCard />
        </div>
      </div>
    </Page>
  );
}
