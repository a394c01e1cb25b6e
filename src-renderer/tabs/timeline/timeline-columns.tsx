import { shortId } from '../../../src-shared/view/short-id.ts';
import { Button, Link, makeStyles, mergeClasses } from '@fluentui/react-components';
import type { Tab } from '../../../src-shared/model/attention.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { describeActor } from '../../../src-shared/view/describe-actor.ts';
import { EventIcon } from './event-icon.tsx';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { SeverityIcon, severityWord } from '../../components/marks/severity-icon.tsx';
import { formatCount, formatExact, formatRelative } from '../../base/format.ts';
import { ChevronDownRegular, ChevronRightRegular } from '../../base/icons.ts';
import type { TimelineRow } from './timeline-rows.ts';

const useStyles = makeStyles({
  severity: { display: 'inline-flex', alignItems: 'center', gap: '8px' },
  icon: { display: 'inline-flex' },
  message: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  part: { paddingLeft: '24px' },
  words: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', minWidth: 0 },
  toggle: { marginLeft: '-8px' },
  link: { overflowWrap: 'anywhere', textAlign: 'left' },
});

interface TimelineColumnOptions {
  show: (tab: Tab, license?: string) => void;
  /** Unfolds an entry, or folds it. */
  onToggle: (event: TimelineEvent) => void;
  /** Names of the servers by id; null: there is only one, and it is not shown. */
  serverNames: ReadonlyMap<string, string> | null;
}

/** The columns of the timeline; a licence leads to its tab. */
export function timelineColumns({
  show,
  onToggle,
  serverNames,
}: TimelineColumnOptions): GridColumn<TimelineRow>[] {
  const nameOf = (id: string) => serverNames?.get(id) ?? shortId(id);
  const server: GridColumn<TimelineRow> = {
    id: 'server',
    leaves: 1,
    label: 'Server',
    widthMin: 84,
    widthMax: 100,
    share: 0,
    render: ({ event }) => nameOf(event.server),
    title: ({ event }) => event.server,
  };
  return [
    {
      id: 'at',
      label: 'Time',
      widthMin: 96,
      widthMax: 152,
      share: 0,
      render: ({ event: { at } }) => <time dateTime={at}>{formatExact(Date.parse(at))}</time>,
      title: ({ event: { at } }) => formatRelative(Date.parse(at), Date.now()),
    },
    {
      id: 'severity',
      label: 'Severity',
      widthMin: 92,
      share: 0,
      render: ({ event: { severity } }) => <SeverityCell severity={severity} />,
    },
    {
      id: 'message',
      label: 'What happened',
      widthMin: 340,
      share: 1,
      render: (row) => <Message row={row} onToggle={onToggle} />,
    },
    ...(serverNames ? [server] : []),
    {
      id: 'actor',
      leaves: 1,
      label: 'By',
      widthMin: 84,
      widthMax: 110,
      share: 0,
      render: ({ event }) => (
        <bdi>{describeActor(event.actor, serverNames ? nameOf : undefined)}</bdi>
      ),
      title: ({ event }) => describeActor(event.actor, serverNames ? nameOf : undefined),
    },
    {
      id: 'license',
      leaves: 2,
      label: 'Licence',
      widthMin: 100,
      widthMax: 130,
      share: 0,
      render: ({ event: { license } }) =>
        license && <LicenseLink license={license} onShow={() => show('licences', license)} />,
    },
  ];
}

interface MessageProps {
  row: TimelineRow;
  onToggle: (event: TimelineEvent) => void;
}

function Message({ row: { event, partCount, isOpen, isPart }, onToggle }: MessageProps) {
  const styles = useStyles();
  const { kind, message } = event;
  return (
    <span className={mergeClasses(styles.message, isPart && styles.part)}>
      <EventIcon kind={kind} />
      <span className={styles.words}>
        <span>{message}</span>
        {partCount > 0 && (
          <Button
            size="small"
            appearance="subtle"
            className={styles.toggle}
            icon={isOpen ? <ChevronDownRegular /> : <ChevronRightRegular />}
            aria-expanded={isOpen}
            onClick={() => onToggle(event)}
          >
            {formatCount(partCount, 'entry', 'entries')} about this
          </Button>
        )}
      </span>
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
