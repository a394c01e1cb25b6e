import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { describeLink } from './describe-link.ts';
import { LinkStateIcon } from './link-state-icon.tsx';
import { useMediaQuery } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { derivePair, describePair, type PairView } from './derive-pair.ts';
import { MemberBox } from './member-box.tsx';
import { PoolLadder } from './pool-ladder.tsx';
import { TriadPicture } from './triad-picture.tsx';

const narrowQuery = '(max-width: 760px)';

const useStyles = makeStyles({
  root: {
    margin: 0,
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(132px, 168px) minmax(0, 1fr)',
  },
  narrow: { gridTemplateColumns: 'minmax(0, 1fr)', justifyItems: 'stretch' },
  edge: {
    display: 'grid',
    gridTemplateRows: '1fr auto 1fr',
    justifyItems: 'center',
    alignItems: 'center',
    textAlign: 'center',
    minHeight: '64px',
  },
  line: { gridRow: '2', gridColumn: '1', width: '100%', height: '28px', display: 'block' },
  downLine: { width: '28px', height: '28px' },
  mark: {
    gridRow: '2',
    gridColumn: '1',
    padding: '2px 6px',
    backgroundColor: tokens.colorNeutralBackground1,
  },
  words: { gridRow: '3', gridColumn: '1', alignSelf: 'start', padding: '0 8px' },
  narrowEdge: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    textAlign: 'left',
    padding: '8px',
  },
  witness: {
    gridColumn: '1 / -1',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    minWidth: 0,
  },
  witnessBox: { maxWidth: '340px' },
  whole: { color: tokens.colorStatusSuccessForeground1 },
  late: { color: tokens.colorStatusWarningForeground1 },
  broken: { color: tokens.colorStatusDangerForeground1 },
  unknown: { color: tokens.colorNeutralForeground3 },
});

/** The servers that protect each other, what each does, and what is between them. */
export function PairPicture() {
  const styles = useStyles();
  const narrow = useMediaQuery(narrowQuery);
  const node = useNode((known) => known);
  const pair = useMemo(() => derivePair(node), [node]);
  const kind = node.relationship?.kind;
  if (!pair) return null;
  if (kind === 'pool') return <PoolLadder view={pair} />;
  if (pair.members.length > 2) return <TriadPicture view={pair} narrow={narrow} />;
  const [first, second] = pair.members;
  return (
    <figure
      className={mergeClasses(styles.root, narrow && styles.narrow)}
      aria-label={describePair(pair)}
    >
      {first && <MemberBox member={first} />}
      <Edge pair={pair} narrow={narrow} />
      {second && <MemberBox member={second} />}
      {pair.witness && (
        <div className={styles.witness}>
          <WitnessEdge connected={pair.witnessConnected} />
          <MemberBox member={pair.witness} className={styles.witnessBox} />
        </div>
      )}
    </figure>
  );
}

function Edge({ pair: { link }, narrow }: { pair: PairView; narrow: boolean }) {
  const styles = useStyles();
  const words = link
    ? describeLink(link.connected, link.synchronised)
    : 'The witness does not see what is between the two';
  if (narrow) {
    return (
      <div className={styles.narrowEdge}>
        {link && <LinkStateIcon {...link} size={28} />}
        <Text size={200}>{words}</Text>
      </div>
    );
  }
  const colour = !link
    ? styles.unknown
    : link.connected
      ? link.synchronised
        ? styles.whole
        : styles.late
      : styles.broken;
  return (
    <div className={styles.edge}>
      <svg
        className={mergeClasses(styles.line, colour)}
        viewBox="0 0 100 28"
        preserveAspectRatio="none"
        aria-hidden
      >
        <path
          d="M0 14H100"
          stroke="currentColor"
          strokeWidth={link?.connected ? 3 : 2}
          strokeDasharray={link?.connected ? undefined : '6 5'}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      {link && (
        <span className={styles.mark}>
          <LinkStateIcon {...link} size={32} />
        </span>
      )}
      <Text size={200} align="center" className={styles.words}>
        {words}
      </Text>
    </div>
  );
}

function WitnessEdge({ connected }: { connected: boolean }) {
  const styles = useStyles();
  return (
    <svg
      className={mergeClasses(styles.downLine, connected ? styles.whole : styles.broken)}
      viewBox="0 0 28 28"
      aria-hidden
    >
      <path
        d="M14 0V28"
        stroke="currentColor"
        strokeWidth={connected ? 3 : 2}
        strokeDasharray={connected ? undefined : '6 5'}
      />
    </svg>
  );
}
