import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { Card } from '../../components/card.tsx';
import { InfoFilled, ShieldCheckmarkFilled } from '../../icons.ts';
import { useNode } from '../../snapshot-store.ts';

const useStyles = makeStyles({
  row: { display: 'flex', gap: '12px', alignItems: 'flex-start' },
  icon: { fontSize: '24px', flexShrink: 0, color: tokens.colorNeutralForeground3 },
  ready: { fontSize: '24px', flexShrink: 0, color: tokens.colorStatusSuccessForeground1 },
  words: { display: 'flex', flexDirection: 'column', gap: '4px', minWidth: 0 },
  list: { margin: 0, paddingLeft: '18px' },
});

/** Whether a failover would work now, in the words of the node. */
export function ReadinessCard() {
  const styles = useStyles();
  const { ready, reasons } = useNode((node) => node.readiness);
  return (
    <Card title="Would a failover work now?">
      <div className={styles.row}>
        {ready ? (
          <ShieldCheckmarkFilled className={styles.ready} aria-hidden />
        ) : (
          <InfoFilled className={styles.icon} aria-hidden />
        )}
        <div className={styles.words}>
          <Text weight="semibold">{ready ? 'Yes.' : 'No.'}</Text>
          {reasons.length === 1 ? (
            <Text>{reasons[0]?.message}</Text>
          ) : (
            <ul className={styles.list}>
              {reasons.map(({ code, message }) => (
                <li key={`${code}:${message}`}>{message}</li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </Card>
  );
}
