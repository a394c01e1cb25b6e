import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { Fragment } from 'react';
import { clockDifferenceToldMs } from '../../../src-shared/model/clock-difference.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { describeClock } from '../../../src-shared/view/describe-clock.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { LinkStateIcon } from '../../features/pair/link-state-icon.tsx';
import { formatDecimal, shortFingerprint } from '../../base/format.ts';
import { PlugConnectedRegular, PlugDisconnectedRegular, SearchRegular } from '../../base/icons.ts';
import { describeConnection, describeNextStep, describeRole } from './describe-server.ts';

const useStyles = makeStyles({
  lines: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  connection: { display: 'flex', gap: '10px', alignItems: 'flex-start', minWidth: 0 },
  icon: { fontSize: '24px', flexShrink: 0, color: tokens.colorNeutralForeground2 },
  lost: { fontSize: '24px', flexShrink: 0, color: tokens.colorStatusDangerForeground1 },
  second: { color: tokens.colorNeutralForeground3 },
  mono: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  buttons: { display: 'flex', flexDirection: 'column', alignItems: 'stretch', gap: '4px' },
  far: { color: tokens.colorStatusWarningForeground2, fontWeight: tokens.fontWeightSemibold },
});

interface ServerColumnOptions {
  relationships: readonly RelationshipStatus[];
  onPair: (server: ServerRow) => void;
  onForget: (server: ServerRow) => void;
}

export function serverColumns(options: ServerColumnOptions): GridColumn<ServerRow>[] {
  const { relationships, onPair, onForget } = options;
  const isMember = ({ id }: ServerRow) =>
    relationships.some(({ members }) => members.some((member) => member.id === id));
  return [
    {
      id: 'name',
      label: 'Server',
      widthMin: 120,
      share: 2,
      render: (server) => <Name server={server} />,
      title: ({ name, id }) => `${name}, fingerprint ${id}`,
    },
    {
      id: 'connection',
      label: 'Connection',
      widthMin: 190,
      share: 3,
      render: (server) => <Connection server={server} isMember={isMember(server)} />,
      title: (server) => describeConnection(server, isMember(server)),
    },
    {
      id: 'role',
      leaves: 1,
      label: 'Role',
      widthMin: 64,
      share: 0,
      render: (server) => describeRole(server, relationships),
    },
    {
      id: 'address',
      leaves: 2,
      label: 'Address',
      widthMin: 130,
      share: 2,
      render: ({ address }) => (address ? <Breakable text={address} /> : 'not known'),
      title: ({ addresses }) => addresses.join('\n'),
    },
    {
      id: 'clock',
      leaves: 3,
      label: 'Version, clock',
      widthMin: 110,
      share: 1,
      render: (server) => <VersionAndClock server={server} />,
    },
    {
      id: 'actions',
      label: 'Actions',
      widthMin: 104,
      share: 0,
      pinned: true,
      headingHidden: true,
      render: (server) => <ServerButton server={server} onPair={onPair} onForget={onForget} />,
    },
  ];
}

/** Breaks after a dot and before a port, rather than anywhere. */
function Breakable({ text }: { text: string }) {
  return text.split(/(?<=\.)|(?=:\d+$)/).map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

function Name({ server: { name, id } }: { server: ServerRow }) {
  const styles = useStyles();
  return (
    <span className={styles.lines}>
      <Text weight="semibold">{name}</Text>
      <span className={styles.mono}>{shortFingerprint(id)}</span>
    </span>
  );
}

function Connection({ server, isMember }: { server: ServerRow; isMember: boolean }) {
  const styles = useStyles();
  return (
    <span className={styles.connection}>
      <ConnectionIcon server={server} isMember={isMember} />
      <span className={styles.lines}>
        <span>{describeConnection(server, isMember)}</span>
        <Text size={200} className={styles.second}>
          {describeNextStep(server, isMember)}
        </Text>
      </span>
    </span>
  );
}

/** Synchronisation means something only between members of a relationship. */
function ConnectionIcon({ server, isMember }: { server: ServerRow; isMember: boolean }) {
  const styles = useStyles();
  const { paired, connected, synchronised } = server;
  if (!paired && server.pairing === 'none')
    return <SearchRegular className={styles.icon} aria-hidden />;
  if (isMember && paired)
    return <LinkStateIcon connected={connected} synchronised={synchronised} />;
  return connected ? (
    <PlugConnectedRegular className={styles.icon} aria-hidden />
  ) : (
    <PlugDisconnectedRegular className={styles.lost} aria-hidden />
  );
}

function VersionAndClock({
  server: { version, clockDifferenceMs, roundTripMs },
}: {
  server: ServerRow;
}) {
  const styles = useStyles();
  const isFar = Math.abs(clockDifferenceMs ?? 0) > clockDifferenceToldMs;
  return (
    <span className={styles.lines}>
      <span>{version ?? 'not known'}</span>
      <Text
        size={200}
        className={isFar ? styles.far : styles.second}
        title={roundTripMs === null ? undefined : `Round trip ${roundTripMs} ms`}
      >
        Clock: {describeClock(clockDifferenceMs, formatDecimal)}
      </Text>
    </span>
  );
}

interface ServerButtonProps {
  server: ServerRow;
  onPair: (server: ServerRow) => void;
  onForget: (server: ServerRow) => void;
}

function ServerButton({ server, onPair, onForget }: ServerButtonProps) {
  const styles = useStyles();
  const { name, pairing } = server;
  if (pairing === 'none') {
    return (
      <DialogButton size="small" aria-label={`Pair with ${name}`} onClick={() => onPair(server)}>
        Pair …
      </DialogButton>
    );
  }
  const forget = (
    <DialogButton size="small" aria-label={`Forget ${name}`} onClick={() => onForget(server)}>
      Forget …
    </DialogButton>
  );
  if (pairing !== 'ended') return forget;
  return (
    <span className={styles.buttons}>
      <DialogButton
        size="small"
        appearance="primary"
        aria-label={`Pair again with ${name}`}
        onClick={() => onPair(server)}
      >
        Pair again …
      </DialogButton>
      {forget}
    </span>
  );
}
