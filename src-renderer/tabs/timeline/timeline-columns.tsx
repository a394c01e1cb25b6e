import { Link, makeStyles } from '@fluentui/react-components';
import type { Tab } from '../../../src-shared/model/attention.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import type { GridColumn } from '../../components/grid/grid-column.ts';
import { SeverityIcon, severityWord } from '../../components/severity-icon.tsx';
import { formatExact, formatRelative } from '../../format.ts';

const useStyles = makeStyles({
  severity: { display: 'inline-flex', alignItems: 'center', gap: '8px' },
  icon: { display: 'inline-flex' },
  link: { overflowWrap: 'anywhere', textAlign: 'left' },
});

/** The columns of the timeline; a licence leads to its tab. */
export function timelineColumns(
  show: (tab: Tab, license?: string) => void,
): GridColumn<TimelineEvent>[] {
  return [
    {
      id: 'at',
      label: 'Time',
      widthMin: 104,
      widthMax: 190,
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
      widthMin: 160,
      share: 1,
      render: ({ message }) => message,
    },
    {
      id: 'license',
      label: 'Licence',
      widthMin: 100,
      widthMax: 160,
      share: 0,
      render: ({ license }) =>
        license && <LicenseLink license={license} onShow={() => show('licences', license)} />,
    },
  ];
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
