import { makeStyles } from '@fluentui/react-components';
import type { Reason } from '../../../src-shared/model/reason.ts';
import type { Severity } from '../../../src-shared/model/timeline.ts';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '6px' },
  item: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
});

/** Sentences of the node, each with a mark of its weight. */
export function ReasonList({
  reasons,
  severity,
}: {
  reasons: readonly Reason[];
  severity: Severity;
}) {
  const styles = useStyles();
  return (
    <ul className={styles.list}>
      {reasons.map(({ code, message }) => (
        <li key={`${code}:${message}`} className={styles.item}>
          <SeverityIcon severity={severity} />
          <span>{message}</span>
        </li>
      ))}
    </ul>
  );
}
