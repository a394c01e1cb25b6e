import { Text } from '@fluentui/react-components';
import { Card } from '../../components/layout/card.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { NoRelationship } from './no-relationship.tsx';
import { TimingForm } from './timing-form.tsx';

/** How quickly the servers notice and act. */
export function TimingPart({ showRelationship }: { showRelationship: () => void }) {
  const settings = useNode((node) => node.relationship?.settings);
  if (!settings) {
    return (
      <NoRelationship
        text="This part shows how soon a server takes over, and how long it waits for its partner."
        showRelationship={showRelationship}
      />
    );
  }
  return (
    <Card title="Timing">
      <Text>What is applied holds on every server of the relationship at once.</Text>
      <TimingForm
        settings={settings}
        names={['heartbeatMs', 'takeoverAfterMs', 'syncTimeoutMs', 'coldStartWaitMs']}
      />
    </Card>
  );
}
