import { Text } from '@fluentui/react-components';
import { Card } from '../../components/card.tsx';
import { FirstClientCommand } from '../../components/first-client-command.tsx';
import { useNode } from '../../snapshot-store.ts';

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
