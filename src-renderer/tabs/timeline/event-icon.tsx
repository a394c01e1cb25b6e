import { makeStyles, tokens } from '@fluentui/react-components';
import type { TimelineKind } from '../../../src-shared/model/timeline.ts';
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
const icons: Record<TimelineKind, FluentIcon> = {
  serverStarted: PowerRegular,
  serverStopped: PowerRegular,
  serverSuspended: PowerRegular,
  licenseInstalled: CertificateRegular,
  licenseReplaced: CertificateRegular,
  licenseRolledBack: CertificateRegular,
  licenseRemoved: CertificateRegular,
  licenseRefused: CertificateRegular,
  licenseExpiring: CertificateRegular,
  licenseExpired: CertificateRegular,
  licenseStarted: CertificateRegular,
  licenseDamaged: CertificateRegular,
  licenseRepaired: CertificateRegular,
  seatsExhausted: PeopleRegular,
  seatsAvailable: PeopleRegular,
  leaseReleased: PeopleRegular,
  vendorTrusted: KeyRegular,
  vendorForgotten: KeyRegular,
  settingsChanged: SettingsRegular,
  clockSetBack: ClockRegular,
  clockSetForward: ClockRegular,
  clockBelieved: ClockRegular,
  clockAccepted: ClockRegular,
  clockDiffers: ClockRegular,
  identityCopied: ShieldErrorRegular,
  directoryPutBack: DatabaseRegular,
  storeFailed: DatabaseRegular,
  storeRecovered: DatabaseRegular,
  storeSetAside: DatabaseRegular,
  serverPaired: LinkAddRegular,
  serverForgotten: LinkAddRegular,
  pairingRefused: LinkAddRegular,
  serverConnected: PlugConnectedRegular,
  serverDisconnected: PlugDisconnectedRegular,
  overdraftBegan: PeopleRegular,
  overdraftEnded: PeopleRegular,
  failoverBegan: ArrowSwapRegular,
  failoverEnded: ArrowReplyRegular,
  switchedOver: ArrowSwapRegular,
  servingLost: ShieldErrorRegular,
  syncLost: ArrowSyncRegular,
  syncRegained: ArrowSyncRegular,
  ledgersMerged: ArrowSyncRegular,
  readinessLost: ShieldErrorRegular,
  readinessRegained: ShieldCheckmarkRegular,
  relationshipCreated: ShieldCheckmarkRegular,
  relationshipChanged: ShieldCheckmarkRegular,
  relationshipDissolved: ShieldErrorRegular,
  drillFinished: BeakerRegular,
};

export function EventIcon({ kind, size = 18 }: { kind: TimelineKind; size?: number }) {
  const styles = useStyles();
  const Icon = icons[kind];
  return <Icon className={styles.root} fontSize={size} aria-hidden />;
}
