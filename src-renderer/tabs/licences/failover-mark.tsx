import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { LicenseStatus } from '../../../src-shared/model/license.ts';
import { ShieldCheckmarkFilled, SubtractCircleRegular } from '../../base/icons.ts';
import { TwoLines } from './two-lines.tsx';

const useStyles = makeStyles({
  root: { display: 'flex', gap: '6px', alignItems: 'flex-start', minWidth: 0 },
  icon: { flexShrink: 0 },
  yes: { color: tokens.colorStatusSuccessForeground1 },
  no: { color: tokens.colorNeutralForeground3 },
});

/** Whether a failover would keep a licence available, and why not. */
export function FailoverMark({ failover }: Pick<LicenseStatus, 'failover'>) {
  const styles = useStyles();
  const { configured, reason } = failover;
  const Icon = configured ? ShieldCheckmarkFilled : SubtractCircleRegular;
  return (
    <div className={styles.root}>
      <Icon
        className={mergeClasses(styles.icon, configured ? styles.yes : styles.no)}
        fontSize={18}
        aria-hidden
      />
      <TwoLines first={configured ? 'Configured' : 'Not configured'} second={reason ?? ''} />
    </div>
  );
}
