import { makeStyles } from '@fluentui/react-components';
import { Page } from '../../components/page.tsx';
import { useNode } from '../../snapshot-store.ts';
import { AttentionCard } from './attention-card.tsx';
import { FirstClientCard } from './first-client-card.tsx';
import { FirstRunCard } from './first-run-card.tsx';
import { ReadinessCard } from './readiness-card.tsx';
import { RecentCard } from './recent-card.tsx';
import { SeatsCard } from './seats-card.tsx';
import { ServerCard } from './server-card.tsx';

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

/** This server at a glance: is it serving, what needs attention, what is in use. */
export function OverviewTab() {
  const styles = useStyles();
  const hasLicenses = useNode((node) => node.licenses.length > 0);
  return (
    <Page title="Overview">
      <ServerCard />
      <AttentionCard />
      {!hasLicenses && <FirstRunCard />}
      <div className={styles.columns}>
        <div className={styles.column}>
          {hasLicenses && <SeatsCard />}
          <ReadinessCard />
        </div>
        <div className={styles.column}>
          {hasLicenses && <FirstClientCard />}
          <RecentCard />
        </div>
      </div>
    </Page>
  );
}
