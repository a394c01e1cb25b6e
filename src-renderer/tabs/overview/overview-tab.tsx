import { isIdleWitness } from '../../../src-shared/view/protection.ts';
import { Page } from '../../components/layout/page.tsx';
import { TwoColumns } from '../../components/layout/two-columns.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { AttentionCard } from './attention-card.tsx';
import { FirstClientCard } from './first-client-card.tsx';
import { FirstRunCard } from './first-run-card.tsx';
import { MissingDataCard } from './missing-data-card.tsx';
import { ReadinessCard } from './readiness-card.tsx';
import { RecentCard } from './recent-card.tsx';
import { RelationshipCard } from './relationship-card.tsx';
import { SeatsCard } from './seats-card.tsx';
import { ServerCard } from './server-card.tsx';
import { WitnessCard } from './witness-card.tsx';

/** Servers at a glance: who serves, what needs attention, what is in use. */
export function OverviewTab() {
  const hasLicenses = useNode((node) => node.licenses.length > 0);
  const related = useNode((node) => node.relationship !== null);
  const idleWitness = useNode(isIdleWitness);
  return (
    <Page title="Overview">
      <MissingDataCard />
      <ServerCard />
      <RelationshipCard />
      {!idleWitness && <WitnessCard />}
      <AttentionCard />
      {!hasLicenses && !idleWitness && <FirstRunCard />}
      <TwoColumns
        first={
          <>
            {idleWitness && <WitnessCard />}
            {hasLicenses && <SeatsCard />}
            {!related && !idleWitness && <ReadinessCard />}
          </>
        }
        second={
          <>
            {hasLicenses && <FirstClientCard />}
            <RecentCard />
          </>
        }
      />
    </Page>
  );
}
