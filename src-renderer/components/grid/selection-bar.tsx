import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px 12px',
    padding: '6px 12px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  text: { flex: '1 1 auto' },
});

interface SelectionBarProps {
  /** “3 licences chosen”; null: none is. */
  text: string | null;
  onClear: () => void;
  /** What can be done with them. */
  children: ReactNode;
}

/** What can be done with the rows that are chosen, while some are. */
export function SelectionBar({ text, onClear, children }: SelectionBarProps) {
  const styles = useStyles();
  if (text === null) return null;
  return (
    <div className={styles.root} role="group" aria-label="Chosen rows">
      <Text className={styles.text} role="status">
        {text}
      </Text>
      {children}
      <Button size="small" appearance="subtle" onClick={onClear}>
        Choose none
      </Button>
    </div>
  );
}
