import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { titleOfRelationship } from '../../../src-shared/view/relationship-words.ts';
import { isIdleWitness } from '../../../src-shared/view/protection.ts';
import { Page } from '../../components/layout/page.tsx';
import { TwoColumns } from '../../components/layout/two-columns.tsx';
import { RelationshipScope } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { AttentionCard } from './attention-card.tsx';
import { FirstClientCard } from './first-client-card.tsx';
import { FirstRunCard } from './first-run-card.tsx';
import { MissingDataCard } from './missing-data-card.tsx';
import { ReadinessCard } from './readiness-card.tsx';
import { RecentCard } from './recent-card.tsx';
import { RelationshipCard } from './relationship-card.tsx';
import { SeatsCard } from './seats-card.tsx';
import { TogetherCard } from './together-card.tsx';
import { ServerCard } from './server-card.tsx';
import { WitnessCard } from './witness-card.tsx';

/** Of several relationships each says which one it is. */
function titleOfCard(all: readonly RelationshipStatus[], id: string): string {
  const one = all.find((relationship) => relationship.id === id);
  return one && all.length > 1 ? titleOfRelationship(one) : 'Servers that protect each other';
}

/** Servers at a glance: who serves, what needs attention, what is in use. */
export function OverviewTab() {
  const hasLicenses = useNode((node) => node.licenses.length > 0);
  const relationships = useNode((node) => node.relationships);
  const related = relationships.length > 0;
  const idleWitness = useNode(isIdleWitness);
  return (
    <Page title="Overview">
      <MissingDataCard />
      <ServerCard />
      {relationships.map(({ id }) => (
        <RelationshipScope key={id} id={id}>
          <RelationshipCard title={titleOfCard(relationships, id)} />
        </RelationshipScope>
      ))}
      {relationships.length > 1 && <TogetherCard />}
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
