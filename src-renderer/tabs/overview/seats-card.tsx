import { Button, Link, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Card } from '../../components/layout/card.tsx';
import { SeatBar } from '../../features/seats/seat-bar.tsx';
import { formatNumber, formatPercent } from '../../base/format.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { rankByScarcity } from './rank-by-scarcity.ts';

const useStyles = makeStyles({
  total: { display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', gap: '0 8px' },
  number: {
    fontSize: tokens.fontSizeHero800,
    lineHeight: tokens.lineHeightHero800,
    fontWeight: tokens.fontWeightSemibold,
    fontVariantNumeric: 'tabular-nums',
  },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(120px, 180px)',
    gap: '16px',
    alignItems: 'center',
    padding: '8px 0',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  name: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', minWidth: 0 },
  cut: {
    maxWidth: '100%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    textAlign: 'left',
  },
});

const shownMax = 5;

/** Seats in use over all licences, and the licences that are nearest to running out. */
export function SeatsCard() {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const licenses = useNode((node) => node.licenses);
  const units = licenses.reduce((sum, license) => sum + license.units, 0);
  const inUse = licenses.reduce((sum, license) => sum + license.inUse, 0);
  return (
    <Card
      title="Seats in use"
      actions={
        <Button size="small" onClick={() => show('licences')}>
          All licences
        </Button>
      }
    >
      <div className={styles.total}>
        <span className={styles.number}>{formatNumber(inUse)}</span>
        <Text>
          of {formatNumber(units)} seats ({formatPercent(inUse, units)})
        </Text>
      </div>
      <ul className={styles.list} aria-label="Licences with the fewest seats free">
        {rankByScarcity(licenses)
          .slice(0, shownMax)
          .map((license) => (
            <li key={license.id} className={styles.item}>
              <span className={styles.name}>
                <Link
                  as="button"
                  className={styles.cut}
                  title={license.id}
                  onClick={() => show('licences', license.id)}
                >
                  <bdi>{license.feature}</bdi>
                </Link>
                <Text size={200} className={styles.cut}>
                  <bdi>{license.product}</bdi>
                </Text>
              </span>
              <SeatBar inUse={license.inUse} units={license.units} label={license.feature} />
            </li>
          ))}
      </ul>
    </Card>
  );
}
