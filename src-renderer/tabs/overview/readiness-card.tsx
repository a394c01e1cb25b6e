import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { describeReadiness } from '../../../src-shared/view/describe-readiness.ts';
import { Card } from '../../components/layout/card.tsx';
import { InfoFilled, ShieldCheckmarkFilled, WarningFilled } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';

const useStyles = makeStyles({
  row: { display: 'flex', gap: '12px', alignItems: 'flex-start' },
  icon: { fontSize: '24px', flexShrink: 0, color: tokens.colorNeutralForeground3 },
  ready: { fontSize: '24px', flexShrink: 0, color: tokens.colorStatusSuccessForeground1 },
  unready: { fontSize: '24px', flexShrink: 0, color: tokens.colorStatusWarningForeground1 },
  words: { display: 'flex', flexDirection: 'column', gap: '4px', minWidth: 0 },
  list: { margin: 0, paddingLeft: '18px' },
});

/** Whether a failover would work, asked where no other server could take over. */
export function ReadinessCard() {
  const { show } = useTabNavigation();
  return (
    <Card title="Would a failover work now?">
      <Readiness />
      <div>
        <Button onClick={() => show('failover')}>Set up a backup …</Button>
      </div>
    </Card>
  );
}

/** Whether a failover would work now, in the words of the node. */
export function Readiness() {
  const styles = useStyles();
  const readiness = useNode((node) => node.readiness);
  const related = useNode((node) => node.relationships.length > 0);
  const { title, reasons } = related
    ? describeReadiness({ readiness })
    : { title: 'No', reasons: readiness.reasons.map(({ message }) => message) };
  return (
    <div className={styles.row} role="group" aria-label="Readiness">
      {readiness.ready ? (
        <ShieldCheckmarkFilled className={styles.ready} aria-hidden />
      ) : related ? (
        <WarningFilled className={styles.unready} aria-hidden />
      ) : (
        <InfoFilled className={styles.icon} aria-hidden />
      )}
      <div className={styles.words}>
        <Text weight="semibold">{title}.</Text>
        {reasons.length === 1 ? (
          <Text>{reasons[0]}</Text>
        ) : (
          <ul className={styles.list}>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
