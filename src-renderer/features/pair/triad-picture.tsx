import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { describePair, type Link, type PairView } from './derive-pair.ts';
import { describeLink } from './describe-link.ts';
import { LinkStateIcon } from './link-state-icon.tsx';
import { MemberBox } from './member-box.tsx';

const useStyles = makeStyles({
  narrow: { margin: 0, display: 'flex', flexDirection: 'column', alignItems: 'stretch' },
  triangle: {
    margin: 0,
    display: 'grid',
    gridTemplateColumns: '1fr 1fr minmax(132px, 168px) 1fr 1fr',
    gridTemplateAreas:
      '". first first first ." "left left . right right" "third third base second second"',
    alignItems: 'center',
  },
  first: { gridArea: 'first' },
  second: { gridArea: 'second' },
  third: { gridArea: 'third' },
  right: { gridArea: 'right' },
  left: { gridArea: 'left' },
  base: { gridArea: 'base' },
  side: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '2px',
    padding: '8px',
    textAlign: 'center',
  },
  sideInRow: { flexDirection: 'row', textAlign: 'left' },
  unknown: { color: tokens.colorNeutralForeground3 },
});

/** Three servers in a triangle, and on each side of it what this server sees between two of them. */
export function TriadPicture({ view, narrow }: { view: PairView; narrow: boolean }) {
  const styles = useStyles();
  const areas = [
    { box: styles.first, side: styles.right },
    { box: styles.second, side: styles.base },
    { box: styles.third, side: styles.left },
  ];
  return (
    <figure className={narrow ? styles.narrow : styles.triangle} aria-label={describePair(view)}>
      {view.members.map((member, rank) => (
        <MemberBox
          key={member.id}
          member={member}
          className={narrow ? undefined : areas[rank]?.box}
        />
      ))}
      {view.sides.map((link, rank) => (
        <Side
          key={view.members[rank]?.id ?? rank}
          link={link}
          names={sideNames(view, rank)}
          className={narrow ? styles.sideInRow : areas[rank]?.side}
        />
      ))}
    </figure>
  );
}

function sideNames({ members }: PairView, rank: number): string {
  const next = members[(rank + 1) % members.length];
  return `${members[rank]?.name ?? ''} – ${next?.name ?? ''}`;
}

interface SideProps {
  link: Link | null;
  names: string;
  className: string | undefined;
}

function Side({ link, names, className }: SideProps) {
  const styles = useStyles();
  return (
    <div className={mergeClasses(styles.side, className)}>
      {link && <LinkStateIcon {...link} size={28} />}
      <Text size={200} weight="semibold">
        <bdi>{names}</bdi>
      </Text>
      <Text size={200} className={mergeClasses(link === null && styles.unknown)}>
        {link === null
          ? 'Not seen from this server'
          : describeLink(link.connected, link.synchronised)}
      </Text>
    </div>
  );
}
