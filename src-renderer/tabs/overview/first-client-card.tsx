import { Text } from '@fluentui/react-components';
import { Card } from '../../components/layout/card.tsx';
import { FirstClientCommand } from '../../features/seats/first-client-command.tsx';
import { useNode } from '../../base/snapshot-store.ts';

/** How to check out a first seat, as long as none is out. */
export function FirstClientCard() {
  const leaseCount = useNode((node) => node.leaseCount);
  if (leaseCount > 0) return null;
  return (
    <Card title="Check out a first seat">
      <Text>
        On a workstation, run your application through the client. It checks a seat out, keeps it
        while the application runs, and returns it at the end.
      </Text>
      <FirstClientCommand />
    </Card>
  );
}
