import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { formatNumber, formatPercent } from '../../base/format.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '4px', minWidth: 0, width: '100%' },
  text: {
    display: 'flex',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalS,
    whiteSpace: 'nowrap',
    fontVariantNumeric: 'tabular-nums',
  },
  note: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  full: { color: tokens.colorStatusDangerForeground2, fontWeight: tokens.fontWeightSemibold },
  track: {
    height: '6px',
    // Seen in high contrast only.
    border: `1px solid ${tokens.colorTransparentStroke}`,
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: tokens.colorNeutralBackground6,
    overflow: 'hidden',
  },
  fill: {
    height: '100%',
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: tokens.colorCompoundBrandBackground,
    '@media (forced-colors: active)': { backgroundColor: 'Highlight', forcedColorAdjust: 'none' },
  },
  fillNear: { backgroundColor: tokens.colorStatusWarningBackground3 },
  fillFull: { backgroundColor: tokens.colorStatusDangerBackground3 },
});

const nearFull = 0.85;

interface SeatBarProps {
  inUse: number;
  units: number;
  /** What the seats are of, for a screen reader. */
  label: string;
}

/** Seats in use of all seats, as words and as a bar. */
export function SeatBar({ inUse, units, label }: SeatBarProps) {
  const styles = useStyles();
  const part = units === 0 ? 1 : Math.min(1, inUse / units);
  const full = inUse >= units;
  const fill = mergeClasses(
    styles.fill,
    part >= nearFull && styles.fillNear,
    full && styles.fillFull,
  );
  return (
    <div className={styles.root}>
      <div className={styles.text}>
        <span>
          {formatNumber(inUse)} of {formatNumber(units)}
        </span>
        <span className={full ? styles.full : styles.note}>
          {full ? 'Full' : formatPercent(inUse, units)}
        </span>
      </div>
      <div
        className={styles.track}
        role="meter"
        aria-label={`Seats in use of ${label}`}
        aria-valuemin={0}
        aria-valuemax={units}
        aria-valuenow={Math.min(inUse, units)}
        aria-valuetext={`${formatNumber(inUse)} of ${formatNumber(units)} seats in use`}
      >
        <div className={fill} style={{ width: `${part * 100}%` }} />
      </div>
    </div>
  );
}
