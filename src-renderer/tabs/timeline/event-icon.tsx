import { makeStyles, tokens } from '@fluentui/react-components';
import {
  timelineTopics,
  type TimelineKind,
  type TimelineTopic,
} from '../../../src-shared/model/timeline.ts';
import {
  ArrowReplyRegular,
  ArrowSwapRegular,
  ArrowSyncRegular,
  BeakerRegular,
  CertificateRegular,
  ClockRegular,
  DatabaseRegular,
  KeyRegular,
  LinkAddRegular,
  PeopleRegular,
  PlugConnectedRegular,
  PlugDisconnectedRegular,
  PowerRegular,
  SettingsRegular,
  ShieldCheckmarkRegular,
  ShieldErrorRegular,
  type FluentIcon,
} from '../../base/icons.ts';

const useStyles = makeStyles({
  root: { flexShrink: 0, color: tokens.colorNeutralForeground2 },
});

/** What an entry is about, as a picture; the severity has a mark of its own. */
const icons: Record<TimelineTopic, FluentIcon> = {
  server: PowerRegular,
  license: CertificateRegular,
  seats: PeopleRegular,
  vendor: KeyRegular,
  settings: SettingsRegular,
  clock: ClockRegular,
  store: DatabaseRegular,
  pairing: LinkAddRegular,
  connected: PlugConnectedRegular,
  disconnected: PlugDisconnectedRegular,
  takeover: ArrowSwapRegular,
  failback: ArrowReplyRegular,
  unprotected: ShieldErrorRegular,
  synchronisation: ArrowSyncRegular,
  protected: ShieldCheckmarkRegular,
  drill: BeakerRegular,
};

export function EventIcon({ kind, size = 18 }: { kind: TimelineKind; size?: number }) {
  const styles = useStyles();
  const Icon = icons[timelineTopics[kind]];
  return <Icon className={styles.root} fontSize={size} aria-hidden />;
}
