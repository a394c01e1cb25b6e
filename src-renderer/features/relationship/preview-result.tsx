import { makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import type { Preview } from '../../../src-shared/model/relationship.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { isOrAre } from '../../../src-shared/view/count-of.ts';
import { formatCount } from '../../base/format.ts';
import { CheckmarkCircleFilled } from '../../base/icons.ts';
import { groupDenied } from './group-denied.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px' },
  part: { display: 'flex', flexDirection: 'column', gap: '6px', minWidth: 0 },
  title: { display: 'flex', alignItems: 'center', gap: '8px' },
  heading: { margin: 0 },
  good: { color: tokens.colorStatusSuccessForeground1, flexShrink: 0 },
  list: { margin: 0, paddingLeft: '28px', overflowWrap: 'anywhere' },
});

/** Rows of one list that are shown; the rest is counted. */
const shownMax = 50;

/** Who would serve, which licences would stop and who would be denied. */
export function PreviewResult({ preview }: { preview: Preview }) {
  const { stop, also, serves, stops, unserved, denied, deniedCount } = preview;
  const lost = joinNames([stop, ...also].map(({ name }) => name));
  const styles = useStyles();
  return (
    <div className={styles.root} role="status">
      {serves.map(({ server, licenses, seats }) => (
        <Part
          key={server.id}
          good
          title={`${server.name} serves ${formatCount(licenses.length, 'licence')}, ${formatCount(seats, 'seat')} kept`}
          rows={licenses}
        />
      ))}
      {serves.length === 0 && <Part title="No server takes anything over" rows={[]} />}
      {stops.length === 0 ? (
        <Part
          good
          title={`No licence stops when ${lost} ${also.length > 0 ? 'do' : 'does'}`}
          rows={[]}
        />
      ) : (
        <Part
          title={`${formatCount(stops.length, 'licence')} ${stops.length === 1 ? 'stops' : 'stop'}`}
          rows={stops.map(describeStopped)}
        />
      )}
      {unserved.length > 0 && (
        <Part
          title={`${formatCount(unserved.length, 'licence')} ${isOrAre(unserved.length)} not served now either`}
          rows={unserved.map(describeStopped)}
        />
      )}
      {denied.length === 0 ? (
        <Part good title="Nobody is denied a seat" rows={[]} />
      ) : (
        <Part
          title={`${formatCount(deniedCount, 'lease')} could not be renewed`}
          rows={groupDenied(denied).map(({ holder, leases, reason }) =>
            leases === 1
              ? `${holder}: ${reason}`
              : `${holder}, ${formatCount(leases, 'lease')}: ${reason}`,
          )}
          more={deniedCount - denied.length}
        />
      )}
    </div>
  );
}

function describeStopped({ feature, license, seats, reason }: Preview['stops'][number]): string {
  return `${feature} (${license}), ${formatCount(seats, 'seat')} in use: ${reason}`;
}

interface PartProps {
  title: string;
  rows: readonly string[];
  /** What is in none of the rows. */
  more?: number;
  good?: boolean;
}

function Part({ title, rows, more: unnamed = 0, good = false }: PartProps) {
  const styles = useStyles();
  const more = Math.max(0, rows.length - shownMax) + unnamed;
  return (
    <div className={styles.part}>
      <div className={styles.title}>
        {good ? (
          <CheckmarkCircleFilled className={styles.good} fontSize={20} aria-hidden />
        ) : (
          <SeverityIcon severity="warning" />
        )}
        <Subtitle2 as="h3" className={styles.heading}>
          {title}
        </Subtitle2>
      </div>
      {rows.length > 0 && (
        <ul className={styles.list}>
          {rows.slice(0, shownMax).map((row, index) => (
            <li key={`${index}:${row}`}>{row}</li>
          ))}
        </ul>
      )}
      {more > 0 && <Text size={200}>and {formatCount(more, 'more', 'more')}</Text>}
    </div>
  );
}
