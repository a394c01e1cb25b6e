import { Button, makeStyles, Text } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { Attention } from '../../../src-shared/model/attention.ts';
import { Card } from '../../components/layout/card.tsx';
import { formatCount } from '../../base/format.ts';
import { useUi } from '../../base/snapshot-store.ts';
import { groupNotices } from './group-notices.ts';
import { NoticeRow } from './notice-row.tsx';
import { NoticeGroupRow } from './notice-group-row.tsx';

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    maxHeight: '340px',
    overflowY: 'auto',
  },
});

const none: readonly Attention[] = [];
const noKeys: readonly string[] = [];

/**
 * What needs attention, the most urgent first; each entry leads to the tab that explains it, and can be set aside.
 * Absent when there is nothing.
 */
export function AttentionCard() {
  const styles = useStyles();
  const attention = useUi((ui) => ui?.attention ?? none);
  const setAside = useUi((ui) => ui?.setAside ?? noKeys);
  const [showsAside, setShowsAside] = useState(false);
  const [shown, aside] = useMemo(() => {
    const isAside = ({ key }: Attention) => setAside.includes(key);
    return [attention.filter((notice) => !isAside(notice)), attention.filter(isAside)];
  }, [attention, setAside]);
  const groups = useMemo(() => groupNotices(shown), [shown]);
  if (attention.length === 0) return null;
  return (
    <Card
      title={`Needs attention (${formatCount(shown.length, 'notice')})`}
      actions={
        aside.length > 0 && (
          <Button
            size="small"
            aria-expanded={showsAside}
            onClick={() => setShowsAside(!showsAside)}
          >
            {showsAside ? 'Hide what is set aside' : `${aside.length} set aside`}
          </Button>
        )
      }
    >
      {shown.length === 0 && <Text>Everything that needs attention is set aside.</Text>}
      {shown.length > 0 && (
        <ul className={styles.list} aria-label="Notices">
          {groups.map((group) =>
            group.notices.length === 1 ? (
              <NoticeRow key={group.key} notice={group.notices[0]!} />
            ) : (
              <NoticeGroupRow key={group.key} group={group} />
            ),
          )}
        </ul>
      )}
      {showsAside && aside.length > 0 && (
        <ul className={styles.list} aria-label="Notices that are set aside">
          {aside.map((notice) => (
            <NoticeRow key={notice.key} notice={notice} aside />
          ))}
        </ul>
      )}
    </Card>
  );
}
