import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { describeLink } from './describe-link.ts';

const useStyles = makeStyles({
  root: { flexShrink: 0, display: 'block' },
  good: { color: tokens.colorStatusSuccessForeground1 },
  half: { color: tokens.colorStatusWarningForeground1 },
  bad: { color: tokens.colorStatusDangerForeground1 },
});

interface LinkStateIconProps {
  connected: boolean;
  synchronised: boolean;
  size?: number;
}

/**
 * Two servers and what is between them, a shape for each of four cases: the line is whole when they
 * are connected and broken when not; both boxes are full when they are synchronised, else one is not.
 */
export function LinkStateIcon({ connected, synchronised, size = 24 }: LinkStateIconProps) {
  const styles = useStyles();
  const colour =
    connected && synchronised ? styles.good : connected || synchronised ? styles.half : styles.bad;
  return (
    <svg
      className={mergeClasses(styles.root, colour)}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      role="img"
      aria-label={describeLink(connected, synchronised)}
    >
      <rect x="2" y="8" width="6" height="8" rx="1" fill="currentColor" />
      <rect
        x="16"
        y="8"
        width="6"
        height="8"
        rx="1"
        fill={synchronised ? 'currentColor' : 'none'}
      />
      {connected ? (
        <path d="M8 12h8" />
      ) : (
        <path d="M10.5 8.5l3 7M13.5 8.5l-3 7" strokeWidth={1.6} />
      )}
    </svg>
  );
}
