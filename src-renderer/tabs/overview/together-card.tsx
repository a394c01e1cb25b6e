import { makeStyles } from '@fluentui/react-components';
import { Card } from '../../components/layout/card.tsx';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({ list: { margin: 0, paddingLeft: '18px' } });

/** What the loss of several servers at once would mean for relationships that share one. */
export function TogetherCard() {
  const styles = useStyles();
  const together = useNode((node) => node.readiness.together);
  if (together.length === 0) return null;
  return (
    <Card title="If several servers fail at once">
      <ul className={styles.list}>
        {together.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Card>
  );
}
