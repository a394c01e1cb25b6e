import { makeStyles, mergeClasses, Text, Title2, tokens } from '@fluentui/react-components';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { NodeSnapshot, Serving } from '../../../src-shared/model/node-snapshot.ts';
import {
  countLicenses,
  findFailovers,
  isIdleWitness,
  isServedHere,
  nameServer,
  nameWitnessed,
  protectedLedgers,
} from '../../../src-shared/view/protection.ts';
import { describeLength } from '../../../src-shared/view/describe-span.ts';
import { servingWords } from '../../../src-shared/view/serving-words.ts';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { formatCount, shortFingerprint } from '../../base/format.ts';
import { useNow } from '../../base/hooks.ts';
import {
  CheckmarkCircleFilled,
  DismissCircleFilled,
  RadioButtonFilled,
  VoteRegular,
  WarningFilled,
} from '../../base/icons.ts';
import { useNode, useUi } from '../../base/snapshot-store.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { memberStateWords } from '../../features/pair/derive-pair.ts';

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, max-content)',
    gap: '20px 40px',
    alignItems: 'center',
    padding: '20px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
    '@media (max-width: 760px)': { padding: '12px' },
  },
  state: { display: 'flex', alignItems: 'center', gap: '16px', minWidth: 0 },
  words: { display: 'flex', flexDirection: 'column', gap: '2px', minWidth: 0 },
  icon: {
    fontSize: '48px',
    flexShrink: 0,
    '@media (max-width: 760px)': { fontSize: '32px' },
  },
  serving: { color: tokens.colorStatusSuccessForeground1 },
  standby: { color: tokens.colorBrandForeground1 },
  witness: { color: tokens.colorBrandForeground1 },
  failover: { color: tokens.colorStatusWarningForeground1 },
  degraded: { color: tokens.colorStatusWarningForeground1 },
  stopped: { color: tokens.colorStatusDangerForeground1 },
  title: { margin: 0, '@media (max-width: 760px)': { fontSize: tokens.fontSizeBase500 } },
  inline: { display: 'inline-flex', alignItems: 'center', gap: '4px', flexWrap: 'wrap' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
});

const states = {
  serving: { Icon: CheckmarkCircleFilled, title: servingWords.serving },
  failover: { Icon: WarningFilled, title: memberStateWords.failover },
  standby: { Icon: RadioButtonFilled, title: servingWords.standby },
  witness: { Icon: VoteRegular, title: 'Witness' },
  degraded: { Icon: WarningFilled, title: servingWords.degraded },
  stopped: { Icon: DismissCircleFilled, title: servingWords.stopped },
};

function servedBy(node: NodeSnapshot): LicenseDetail[] {
  return node.licenses.filter((license) => isServedHere(node, license));
}

/** Whether this server serves, and what it is. */
export function ServerCard() {
  const styles = useStyles();
  const connection = useUi((ui) => ui?.connection.state ?? 'starting');
  const serving = useNode((node) => node.serving);
  const licenses = useNode((node) => countLicenses(servedBy(node)).licenses);
  const seats = useNode((node) => countLicenses(servedBy(node)).unitsInUse);
  const connected = connection === 'connected';
  const replaces = useNode((node) =>
    joinNames(
      findFailovers(node)
        .filter(({ active }) => active === node.server.id)
        .map(({ primary }) => nameServer(node, primary)),
    ),
  );
  const ownToo = useNode(({ licenses: all, server }) =>
    all.some(({ servedBy, primary }) => servedBy?.id === server.id && primary === server.id),
  );
  const known = serving.state === 'serving' && replaces !== '' ? 'failover' : serving.state;
  const idle = useNode(isIdleWitness);
  const state = connected ? (known === 'serving' && idle ? 'witness' : known) : 'stopped';
  const { Icon, title } = states[state];
  return (
    <section className={styles.root} aria-label="This server">
      <div className={styles.state}>
        <Icon className={mergeClasses(styles.icon, styles[state])} aria-hidden />
        <div className={styles.words}>
          <Title2 as="h2" className={styles.title}>
            {connected ? title : 'Not answering'}
          </Title2>
          <Text>
            {connected &&
              replaces !== '' &&
              `${ownToo ? 'For itself and in' : 'In'} place of ${replaces}: `}
            {connected && <ServingText serving={serving} licenses={licenses} seats={seats} />}
          </Text>
        </div>
      </div>
      <ServerFacts />
    </section>
  );
}

interface ServingTextProps {
  serving: Serving;
  licenses: number;
  seats: number;
}

function ServingText({ serving, licenses, seats }: ServingTextProps) {
  const witnessed = useNode(nameWitnessed);
  if (serving.state === 'standby') return <StandbyText serving={serving} />;
  if (serving.state !== 'serving') {
    return <>{serving.reasons.map((reason) => reason.message).join(' ')}</>;
  }
  if (licenses === 0 && witnessed !== '') {
    return <>This server votes on which of {witnessed} serves, and has no licence of its own.</>;
  }
  if (licenses === 0) return <>Ready to serve, with no licence yet.</>;
  return (
    <>
      {formatCount(licenses, 'licence')}, {formatCount(seats, 'seat')} in use, since{' '}
      <Moment atMs={Date.parse(serving.since)} />.
    </>
  );
}

/** For whom this server stands by, or why it does. */
function StandbyText({ serving }: { serving: Serving }) {
  const servers = useNode((node) => {
    const active = protectedLedgers(node).map((ledger) => ledger.active ?? '');
    const others = [...new Set(active)].filter((id) => id !== '' && id !== node.server.id);
    return joinNames(others.map((id) => nameServer(node, id)));
  });
  const reasons = serving.reasons.map((reason) => reason.message).join(' ');
  if (servers === '') return <>{reasons}</>;
  return (
    <>
      {servers} serves the licences; this server keeps their state and takes over when it must.{' '}
      {reasons}
    </>
  );
}

function ServerFacts() {
  const styles = useStyles();
  const name = useNode((node) => node.server.name);
  const address = useNode((node) => node.server.address);
  const id = useNode((node) => node.server.id);
  const version = useNode((node) => node.server.version);
  const mode = useUi((ui) => ui?.connection.mode);
  return (
    <Facts
      facts={[
        {
          term: 'Server',
          value: mode === 'attached' ? `${name} (started with the system)` : name,
        },
        {
          term: 'Address',
          value: (
            <span className={styles.inline}>
              {address} <CopyButton text={address} what="address" />
            </span>
          ),
        },
        {
          term: 'Fingerprint',
          value: (
            <span className={styles.inline}>
              <span className={styles.mono} title={id}>
                {shortFingerprint(id)}
              </span>{' '}
              <CopyButton text={id} what="fingerprint" />
            </span>
          ),
        },
        {
          term: 'Version',
          value: (
            <>
              {version}, running for <Uptime />
            </>
          ),
        },
      ]}
    />
  );
}

function Uptime() {
  const at = useNode((node) => node.at);
  const uptimeSeconds = useNode((node) => node.server.uptimeSeconds);
  const connected = useUi((ui) => ui?.connection.state === 'connected');
  const nowMs = useNow(1_000);
  const passedMs = connected ? Math.max(0, nowMs - Date.parse(at)) : 0;
  return <>{describeLength(uptimeSeconds * 1_000 + passedMs)}</>;
}
