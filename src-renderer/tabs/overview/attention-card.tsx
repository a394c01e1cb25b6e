import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { Attention } from '../../../src-shared/model/attention.ts';
import { Card } from '../../components/layout/card.tsx';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { formatCount } from '../../base/format.ts';
import { ChevronRightRegular } from '../../base/icons.ts';
import { useUi } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    maxHeight: '300px',
    overflowY: 'auto',
  },
  entry: {
    width: '100%',
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    padding: '8px 12px',
    boxSizing: 'border-box',
    textAlign: 'left',
    font: 'inherit',
    color: 'inherit',
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    ':hover': { border: `1px solid ${tokens.colorNeutralStroke1Hover}` },
    ':focus-visible': {
      outline: `2px solid ${tokens.colorStrokeFocus2}`,
      outlineOffset: '-2px',
    },
  },
  words: { flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' },
});

const none: readonly Attention[] = [];

/**
 * What needs attention; each entry leads to the tab that explains it. Absent when there is nothing.
 */
export function AttentionCard() {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const attention = useUi((ui) => ui?.attention ?? none);
  if (attention.length === 0) return null;
  return (
    <Card title={`Needs attention (${formatCount(attention.length, 'notice')})`}>
      <ul className={styles.list}>
        {attention.map((entry) => (
          <li key={entry.key}>
            <button
              type="button"
              className={styles.entry}
              onClick={() => show(entry.tab, entry.license)}
            >
              <SeverityIcon severity={entry.severity} />
              <span className={styles.words}>
                <Text weight="semibold">{entry.title}</Text>
                <Text size={200}>{entry.text}</Text>
              </span>
              <ChevronRightRegular fontSize={20} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
