import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto',
    gap: '4px 12px',
    alignItems: 'center',
    padding: '8px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  second: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground3 },
});

export function PanelList({ label, children }: { label: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label={label}>
      {children}
    </ul>
  );
}

interface PanelItemProps {
  first: ReactNode;
  second: ReactNode;
  aside?: ReactNode;
}

export function PanelItem({ first, second, aside }: PanelItemProps) {
  const styles = useStyles();
  return (
    <li className={styles.item}>
      <div className={styles.words}>
        <span>{first}</span>
        <span className={styles.second}>{second}</span>
      </div>
      {aside}
    </li>
  );
}
