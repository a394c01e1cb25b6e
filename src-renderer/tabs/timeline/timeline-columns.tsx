import { shortId } from '../../../src-shared/view/short-id.ts';
import { Link, makeStyles } from '@fluentui/react-components';
import type { Tab } from '../../../src-shared/model/attention.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { describeActor } from '../../../src-shared/view/describe-actor.ts';
import { EventIcon } from './event-icon.tsx';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { SeverityIcon, severityWord } from '../../components/marks/severity-icon.tsx';
import { formatExact, formatRelative } from '../../base/format.ts';

const useStyles = makeStyles({
  severity: { display: 'inline-flex', alignItems: 'center', gap: '8px' },
  icon: { display: 'inline-flex' },
  message: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  link: { overflowWrap: 'anywhere', textAlign: 'left' },
});

/** The columns of the timeline; a licence leads to its tab. */
export function timelineColumns(
  show: (tab: Tab, license?: string) => void,
  /** Names of the servers by id; null: there is only one, and it is not shown. */
  serverNames: ReadonlyMap<string, string> | null,
): GridColumn<TimelineEvent>[] {
  const nameOf = (id: string) => serverNames?.get(id) ?? shortId(id);
  const server: GridColumn<TimelineEvent> = {
    id: 'server',
    leaves: 1,
    label: 'Server',
    widthMin: 84,
    widthMax: 100,
    share: 0,
    render: (event) => nameOf(event.server),
    title: (event) => event.server,
  };
  return [
    {
      id: 'at',
      label: 'Time',
      widthMin: 104,
      widthMax: 168,
      share: 0,
      render: ({ at }) => <time dateTime={at}>{formatExact(Date.parse(at))}</time>,
      title: ({ at }) => formatRelative(Date.parse(at), Date.now()),
    },
    {
      id: 'severity',
      label: 'Severity',
      widthMin: 92,
      share: 0,
      render: ({ severity }) => <SeverityCell severity={severity} />,
    },
    {
      id: 'message',
      label: 'What happened',
      widthMin: 260,
      share: 1,
      render: ({ kind, message }) => <Message kind={kind} message={message} />,
    },
    ...(serverNames ? [server] : []),
    {
      id: 'actor',
      label: 'By',
      widthMin: 84,
      widthMax: 140,
      share: 0,
      render: ({ actor }) => <bdi>{describeActor(actor, serverNames ? nameOf : undefined)}</bdi>,
      title: ({ actor }) => describeActor(actor, serverNames ? nameOf : undefined),
    },
    {
      id: 'license',
      leaves: 2,
      label: 'Licence',
      widthMin: 100,
      widthMax: serverNames ? 130 : 160,
      share: 0,
      render: ({ license }) =>
        license && <LicenseLink license={license} onShow={() => show('licences', license)} />,
    },
  ];
}

function Message({ kind, message }: Pick<TimelineEvent, 'kind' | 'message'>) {
  const styles = useStyles();
  return (
    <span className={styles.message}>
      <EventIcon kind={kind} />
      <span>{message}</span>
    </span>
  );
}

function SeverityCell({ severity }: Pick<TimelineEvent, 'severity'>) {
  const styles = useStyles();
  return (
    <span className={styles.severity}>
      <span aria-hidden className={styles.icon}>
        <SeverityIcon severity={severity} size={18} />
      </span>
      {severityWord[severity]}
    </span>
  );
}

function LicenseLink({ license, onShow }: { license: string; onShow: () => void }) {
  const styles = useStyles();
  return (
    <Link as="button" className={styles.link} onClick={onShow}>
      {license}
    </Link>
  );
}
