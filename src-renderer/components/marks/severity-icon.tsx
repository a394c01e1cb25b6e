import { makeStyles, tokens } from '@fluentui/react-components';
import type { Severity } from '../../../src-shared/model/timeline.ts';
import { ErrorCircleFilled, InfoFilled, WarningFilled } from '../../base/icons.ts';

const useStyles = makeStyles({
  info: { color: tokens.colorBrandForeground1, flexShrink: 0 },
  warning: { color: tokens.colorStatusWarningForeground1, flexShrink: 0 },
  error: { color: tokens.colorStatusDangerForeground1, flexShrink: 0 },
});

export const severityWord: Record<Severity, string> = {
  info: 'Info',
  warning: 'Warning',
  error: 'Error',
};

const icons = { info: InfoFilled, warning: WarningFilled, error: ErrorCircleFilled };

/** A shape of its own for each severity, not only a colour. */
export function SeverityIcon({ severity, size = 20 }: { severity: Severity; size?: number }) {
  const styles = useStyles();
  const Icon = icons[severity];
  return (
    <Icon
      className={styles[severity]}
      fontSize={size}
      role="img"
      aria-label={severityWord[severity]}
    />
  );
}
