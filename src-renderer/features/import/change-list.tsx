import { Badge, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { LicenseChange } from '../../../src-shared/contract/admin.ts';
import {
  describeFieldValue,
  labelField,
  type FieldFormat,
} from '../../../src-shared/view/license-field-words.ts';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { formatDate, shortFingerprint } from '../../base/format.ts';

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
  },
  item: {
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
    padding: '10px 12px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowWrap: 'anywhere',
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px' },
  id: { color: tokens.colorNeutralForeground3 },
  note: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  fields: {
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    gap: '2px 16px',
    margin: 0,
    color: tokens.colorNeutralForeground2,
  },
  value: { margin: 0, color: tokens.colorNeutralForeground1 },
});

const kinds = {
  new: { word: 'New', color: 'success' },
  replace: { word: 'Replaces', color: 'brand' },
  same: { word: 'No change', color: 'informative' },
  refused: { word: 'Refused', color: 'danger' },
} as const satisfies Record<LicenseChange['kind'], { word: string; color: string }>;

const fieldFormat: FieldFormat = {
  instant: (text) => formatDate(Date.parse(text)),
  server: shortFingerprint,
};

/** What a licence file changes, licence by licence. */
export function ChangeList({ changes }: { changes: readonly LicenseChange[] }) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label="Licences in this file">
      {changes.map((change, index) => (
        <li key={`${change.id}:${index}`} className={styles.item}>
          <ChangeItem change={change} />
        </li>
      ))}
    </ul>
  );
}

function ChangeItem({ change }: { change: LicenseChange }) {
  const styles = useStyles();
  const { word, color } = kinds[change.kind];
  return (
    <>
      <div className={styles.head}>
        <Badge appearance="tint" color={color}>
          {word}
        </Badge>
        <Text weight="semibold">{change.feature}</Text>
        <Text>
          <bdi>{change.product}</bdi>
        </Text>
        {change.demo && (
          <Badge appearance="outline" color="informative">
            Demo
          </Badge>
        )}
        <Text size={200} className={styles.id}>
          {change.id}, serial {change.serial}
        </Text>
      </div>
      {change.fields.length > 0 && (
        <dl className={styles.fields}>
          {change.fields.map(({ field, from, to }) => (
            <FieldChange key={field} field={field} from={from} to={to} />
          ))}
        </dl>
      )}
      {change.refusal && (
        <div className={styles.note}>
          <SeverityIcon severity="error" size={18} />
          <Text>{change.refusal.message}</Text>
        </div>
      )}
      {change.warnings.map((warning) => (
        <div key={warning} className={styles.note}>
          <SeverityIcon severity="warning" size={18} />
          <Text>{warning}</Text>
        </div>
      ))}
    </>
  );
}

function FieldChange({ field, from, to }: LicenseChange['fields'][number]) {
  const styles = useStyles();
  const format = (value: string) => describeFieldValue(field, value, fieldFormat);
  return (
    <>
      <dt>{labelField(field)}</dt>
      <dd className={styles.value}>
        {from === '' ? format(to) : `${format(from)} → ${format(to)}`}
      </dd>
    </>
  );
}
