import { Badge, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { Moment } from '../../components/marks/moment.tsx';
import {
  ArrowSyncRegular,
  CheckmarkCircleFilled,
  PlugDisconnectedRegular,
  RadioButtonFilled,
  SubtractCircleRegular,
  VoteRegular,
  WarningFilled,
} from '../../base/icons.ts';
import { memberStateWords, type MemberState, type PairMember } from './derive-pair.ts';

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
    minWidth: 0,
    padding: '12px 14px',
    boxSizing: 'border-box',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  serves: { border: `2px solid ${tokens.colorStatusSuccessBorder2}`, padding: '11px 13px' },
  failover: { border: `2px solid ${tokens.colorStatusWarningBorder2}`, padding: '11px 13px' },
  away: { border: `1px dashed ${tokens.colorNeutralStroke1}` },
  title: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px', minWidth: 0 },
  name: { overflowWrap: 'anywhere', fontSize: tokens.fontSizeBase400 },
  state: { display: 'flex', alignItems: 'center', gap: '8px' },
  icon: { fontSize: '20px', flexShrink: 0 },
  lines: { display: 'flex', flexDirection: 'column', gap: '2px', overflowWrap: 'anywhere' },
});

const useIconStyles = makeStyles({
  active: { color: tokens.colorStatusSuccessForeground1 },
  failover: { color: tokens.colorStatusWarningForeground1 },
  ready: { color: tokens.colorBrandForeground1 },
  behind: { color: tokens.colorStatusWarningForeground1 },
  joining: { color: tokens.colorNeutralForeground2 },
  away: { color: tokens.colorStatusDangerForeground1 },
  witness: { color: tokens.colorNeutralForeground2 },
});

const icons: Record<MemberState, typeof WarningFilled> = {
  active: CheckmarkCircleFilled,
  failover: WarningFilled,
  ready: RadioButtonFilled,
  behind: ArrowSyncRegular,
  joining: SubtractCircleRegular,
  away: PlugDisconnectedRegular,
  witness: VoteRegular,
};

interface MemberBoxProps {
  member: PairMember;
  className?: string | undefined;
}

/** One server of a relationship: what it is, what it does, and for whose licences. */
export function MemberBox({ member, className }: MemberBoxProps) {
  const styles = useStyles();
  const iconStyles = useIconStyles();
  const { name, role, here, state, lines } = member;
  const Icon = icons[state];
  return (
    <div
      className={mergeClasses(
        styles.root,
        state === 'active' && styles.serves,
        state === 'failover' && styles.failover,
        state === 'away' && styles.away,
        className,
      )}
    >
      <div className={styles.title}>
        <Text weight="semibold" className={styles.name}>
          <bdi>{name}</bdi>
        </Text>
        <Badge appearance="tint" color="informative">
          {role}
        </Badge>
        {here && (
          <Badge appearance="outline" color="informative">
            This server
          </Badge>
        )}
      </div>
      <div className={styles.state}>
        <Icon className={mergeClasses(styles.icon, iconStyles[state])} aria-hidden />
        <Text weight="semibold">{memberStateWords[state]}</Text>
      </div>
      <div className={styles.lines}>
        {lines.map(({ text, sinceMs }) => (
          <Text key={text} size={200}>
            {text}
            {sinceMs !== null && (
              <>
                , since <Moment atMs={sinceMs} />
              </>
            )}
          </Text>
        ))}
      </div>
    </div>
  );
}
