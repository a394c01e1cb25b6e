import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { groupEvents } from '../../../src-shared/view/group-events.ts';
import { nameServer } from '../../../src-shared/view/protection.ts';
import { newestFirst } from '../../../src-shared/view/timeline-order.ts';
import { formatCount } from '../../base/format.ts';
import { Card } from '../../components/layout/card.tsx';
import { RelativeTime } from '../../components/marks/moment.tsx';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: 'auto minmax(0, 1fr) auto',
    gap: '12px',
    alignItems: 'baseline',
    padding: '8px 0',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
    ':first-child': { borderTop: 'none', paddingTop: 0 },
  },
  icon: { alignSelf: 'start' },
  time: { color: tokens.colorNeutralForeground3, whiteSpace: 'nowrap' },
});

const shownMax = 8;

/** The newest entries of the timeline. */
export function RecentCard() {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const events = useNode((node) => node.events);
  const groups = useMemo(() => groupEvents(newestFirst(events)), [events]);
  const here = useNode((node) => node.server.id);
  return (
    <Card
      title="Recently"
      actions={
        <Button size="small" onClick={() => show('timeline')}>
          Whole timeline
        </Button>
      }
    >
      {events.length === 0 && <Text>Nothing has happened yet.</Text>}
      <ul className={styles.list}>
        {groups.slice(0, shownMax).map(({ head: event, parts }) => (
          <li key={`${event.server}:${event.sequence}`} className={styles.item}>
            <span className={styles.icon}>
              <SeverityIcon severity={event.severity} size={18} />
            </span>
            <Text>
              {event.message}
              {parts.length > 0 && (
                <Text size={200} className={styles.time}>
                  {' '}
                  ({formatCount(parts.length, 'more entry', 'more entries')} in the timeline)
                </Text>
              )}
            </Text>
            <Text size={200} className={styles.time}>
              {event.server !== here && <ServerName id={event.server} />}
              <RelativeTime atMs={Date.parse(event.at)} />
            </Text>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Who tells it, of what another server tells. */
function ServerName({ id }: { id: string }) {
  const name = useNode((node) => nameServer(node, id));
  return (
    <>
      <bdi>{name}</bdi>,{' '}
    </>
  );
}
