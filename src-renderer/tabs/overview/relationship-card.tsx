import { Button, makeStyles } from '@fluentui/react-components';
import { Card } from '../../components/layout/card.tsx';
import { PairPicture } from '../../features/pair/pair-picture.tsx';
import { RelationshipActions } from '../../features/relationship/relationship-actions.tsx';
import { RelationshipStep } from '../../features/relationship/relationship-step.tsx';
import { showRelationship } from '../../base/chosen-relationship.ts';
import { useRelationshipScope } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { Readiness } from './readiness-card.tsx';

const useStyles = makeStyles({
  foot: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-start',
    justifyContent: 'space-between',
    gap: '16px 32px',
    paddingTop: '4px',
  },
  readiness: { flex: '1 1 400px', minWidth: 0 },
});

/** Servers that protect each other: a picture, whether a failover would work, what can be done. */
export function RelationshipCard({ title }: { title: string }) {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const scope = useRelationshipScope();
  const known = useNode((node) => node.relationship !== null);
  const established = useNode((node) => node.relationship?.state === 'established');
  if (!known) return null;
  return (
    <Card
      title={title}
      actions={
        <Button
          size="small"
          onClick={() => {
            showRelationship(scope);
            show('failover');
          }}
        >
          Failover settings
        </Button>
      }
    >
      <PairPicture />
      <RelationshipStep />
      <div className={styles.foot}>
        <div className={styles.readiness}>
          <Readiness />
        </div>
        {established && <RelationshipActions />}
      </div>
    </Card>
  );
}
