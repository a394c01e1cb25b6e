import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { nameServer } from '../../../src-shared/view/protection.ts';
import type { Coverage } from '../../../src-shared/model/relationship.ts';
import { formatCount } from '../../base/format.ts';
import { ShieldCheckmarkFilled, SubtractCircleRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: '20px minmax(0, 1fr)',
    gap: '12px',
    padding: '8px 0',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
  },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  yes: { color: tokens.colorStatusSuccessForeground1 },
  no: { color: tokens.colorNeutralForeground3 },
  second: { color: tokens.colorNeutralForeground3 },
});

/** Licence by licence, whether it would be kept available, and why not. */
export function CoverageList({ licenses }: { licenses: readonly Coverage[] }) {
  const styles = useStyles();
  if (licenses.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Licences covered">
      {licenses.map((license) => (
        <CoverageItem key={`${license.server}:${license.license}`} license={license} />
      ))}
    </ul>
  );
}

function CoverageItem({ license }: { license: Coverage }) {
  const styles = useStyles();
  const { feature, covered, reason, units } = license;
  const server = useNode((node) => nameServer(node, license.server));
  const by = useNode((node) => describeCovered(license, (id) => nameServer(node, id)));
  const Icon = covered ? ShieldCheckmarkFilled : SubtractCircleRegular;
  return (
    <li className={styles.item}>
      <Icon
        fontSize={20}
        className={covered ? styles.yes : styles.no}
        role="img"
        aria-label={covered ? 'Covered' : 'Not covered'}
      />
      <div className={styles.words}>
        <Text weight="semibold">{feature}</Text>
        <Text size={200} className={styles.second}>
          {license.license}, {formatCount(units, 'seat')} of {server}
        </Text>
        <Text size={200}>{covered ? by : `Not covered. ${reason ?? ''}`}</Text>
      </div>
    </li>
  );
}

/** Who comes to serve it, and what that takes. */
function describeCovered(
  { server, by = [], majority }: Coverage,
  nameOf: (id: string) => string,
): string {
  if (by.length === 0) return 'Covered';
  const order = by.map(nameOf).join(', then ');
  const rule = majority === true ? ', while more than half of the servers reach each other' : '';
  return `Covered: when ${nameOf(server)} fails, ${order} ${by.length > 1 ? 'serve' : 'serves'} it${rule}`;
}
