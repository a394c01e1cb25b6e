import { makeStyles, Text } from '@fluentui/react-components';
import { describePair, type PairView } from './derive-pair.ts';
import { LinkStateIcon } from './link-state-icon.tsx';
import { MemberBox } from './member-box.tsx';

const useStyles = makeStyles({
  root: { margin: 0 },
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
  },
  rung: {
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr) 32px',
    alignItems: 'center',
    gap: '8px',
  },
});

/** The servers of a pool in the order in which they come to serve, and what this one sees of each. */
export function PoolLadder({ view }: { view: PairView }) {
  const styles = useStyles();
  return (
    <figure className={styles.root} aria-label={describePair(view)}>
      <ol className={styles.list}>
        {view.members.map((member, rank) => (
          <li key={member.id} className={styles.rung}>
            <Text weight="semibold" align="center">
              {rank + 1}
            </Text>
            <MemberBox member={member} />
            {member.link && <LinkStateIcon {...member.link} size={28} />}
          </li>
        ))}
      </ol>
    </figure>
  );
}
