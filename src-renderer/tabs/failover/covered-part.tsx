import { Spinner, Text } from '@fluentui/react-components';
import { Card } from '../../components/layout/card.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { formatCount } from '../../base/format.ts';
import { useRequest } from '../../base/hooks.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { CoverageList } from '../../features/setup/coverage-list.tsx';
import { NoRelationship } from './no-relationship.tsx';

/** Licence by licence, whether a failover would keep it available. */
export function CoveredPart({ showRelationship }: { showRelationship: () => void }) {
  const exists = useNode((node) => node.relationship !== null);
  if (exists) return <Covered />;
  return (
    <NoRelationship
      text="This part shows, licence by licence, whether a failover would keep it available, and why not."
      showRelationship={showRelationship}
    />
  );
}

function Covered() {
  const licenses = useNode((node) =>
    node.licenses.map(({ id, failover }) => `${id}:${failover.configured}`).join(),
  );
  const state = useNode((node) => node.relationship?.state);
  const { value, refusal } = useRequest(
    'relationship.show',
    useOfRelationship(),
    `${state}:${licenses}`,
  );
  const covered = value?.licenses.filter((license) => license.covered).length ?? 0;
  return (
    <Card title="Licences covered">
      <RefusalBar title="This cannot be shown now." refusal={refusal} />
      {!value && !refusal && <Spinner size="tiny" label="Reading …" />}
      {value && (
        <>
          <Text>
            {value.licenses.length === 0
              ? 'No licence is installed yet. Import one in the tab Licences.'
              : `A failover keeps ${covered} of ${formatCount(value.licenses.length, 'licence')} available.`}
          </Text>
          <CoverageList licenses={value.licenses} />
        </>
      )}
    </Card>
  );
}
