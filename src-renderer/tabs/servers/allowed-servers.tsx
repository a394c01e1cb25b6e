import { Button, makeStyles, Text } from '@fluentui/react-components';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { describeAllowed } from '../../../src-shared/view/describe-consent.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { Card } from '../../components/layout/card.tsx';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px' },
});

/** Servers that may set up a relationship without asking, and are in none yet. */
export function AllowedServers({ servers }: { servers: readonly ServerRow[] }) {
  const styles = useStyles();
  const here = useNode((node) => node.server.name);
  const relationships = useNode((node) => node.relationships);
  const members = relationships.flatMap((relationship) => relationship.members);
  const takeBack = useAction('relationship.refuse');
  const allowed = servers.filter(
    ({ id, consent }) => consent.length > 0 && !members.some((member) => member.id === id),
  );
  if (allowed.length === 0) return null;
  return (
    <Card title="Allowed to set up a relationship">
      {allowed.map(({ id, name, consent }) => (
        <div key={id} className={styles.row}>
          <Text>{describeAllowed(consent, here, name)}</Text>
          <Button
            size="small"
            disabledFocusable={takeBack.busy}
            aria-label={`Take back from ${name}`}
            onClick={() => void takeBack.run({ id })}
          >
            Take back
          </Button>
        </div>
      ))}
      <RefusalBar title="Not taken back." refusal={takeBack.refusal} />
    </Card>
  );
}
