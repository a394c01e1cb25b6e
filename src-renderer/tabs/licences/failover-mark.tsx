import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { LicenseDetail, LicenseStatus } from '../../../src-shared/model/license.ts';
import { whyNoFailover, whyNoFailoverShort } from '../../../src-shared/view/describe-readiness.ts';
import {
  ShieldCheckmarkFilled,
  ShieldRegular,
  SubtractCircleRegular,
  WarningFilled,
} from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { TwoLines } from './two-lines.tsx';

const useStyles = makeStyles({
  root: { display: 'flex', gap: '6px', alignItems: 'flex-start', minWidth: 0 },
  icon: { flexShrink: 0 },
  yes: { color: tokens.colorStatusSuccessForeground1 },
  no: { color: tokens.colorNeutralForeground3 },
  broken: { color: tokens.colorStatusWarningForeground1 },
});

/** Whether another server may take a licence over, and why none may. */
export function FailoverMark({ failover }: Pick<LicenseStatus, 'failover'>) {
  const styles = useStyles();
  const { configured, reason } = failover;
  const Icon = configured ? ShieldRegular : SubtractCircleRegular;
  return (
    <div className={styles.root}>
      <Icon className={mergeClasses(styles.icon, styles.no)} fontSize={18} aria-hidden />
      <TwoLines first={configured ? 'Configured' : 'Not configured'} second={reason ?? ''} />
    </div>
  );
}

/** Whether a failover would keep a licence available now, which that it is configured does not say. */
export function WorksMark({ license }: { license: LicenseDetail }) {
  const styles = useStyles();
  const whyNot = useNode((node) => whyNoFailover(node, license));
  const short = useNode((node) => whyNoFailoverShort(node, license));
  const works = whyNot === null;
  const { configured } = license.failover;
  const Icon = works ? ShieldCheckmarkFilled : configured ? WarningFilled : SubtractCircleRegular;
  const colour = works ? styles.yes : configured ? styles.broken : styles.no;
  return (
    <div className={styles.root} title={whyNot ?? ''}>
      <Icon className={mergeClasses(styles.icon, colour)} fontSize={18} aria-hidden />
      <TwoLines first={works ? 'Yes' : 'No'} second={configured ? (short ?? '') : ''} />
    </div>
  );
}
