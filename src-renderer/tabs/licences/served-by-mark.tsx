import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { LicenseStatus } from '../../../src-shared/model/license.ts';
import { Moment } from '../../components/moment.tsx';
import { CheckmarkCircleFilled, DismissCircleFilled, WarningFilled } from '../../icons.ts';
import { describeServedBy, servedState, type ServedState } from './describe-license.ts';
import { TwoLines } from './two-lines.tsx';

const useStyles = makeStyles({
  root: { display: 'flex', gap: '6px', alignItems: 'flex-start', minWidth: 0 },
  icon: { flexShrink: 0 },
  primary: { color: tokens.colorStatusSuccessForeground1 },
  failover: { color: tokens.colorStatusWarningForeground1 },
  nobody: { color: tokens.colorStatusDangerForeground1 },
});

const icons: Record<ServedState, typeof WarningFilled> = {
  primary: CheckmarkCircleFilled,
  failover: WarningFilled,
  nobody: DismissCircleFilled,
};

interface ServedByMarkProps extends Pick<LicenseStatus, 'servedBy'> {
  thisServerId: string;
}

/** Whether its primary or a failover server serves a licence, which one, and since when. */
export function ServedByMark({ servedBy, thisServerId }: ServedByMarkProps) {
  const styles = useStyles();
  const state = servedState(servedBy);
  const { who, role } = describeServedBy(servedBy, thisServerId);
  const Icon = icons[state];
  return (
    <div className={styles.root}>
      <Icon className={mergeClasses(styles.icon, styles[state])} fontSize={18} aria-hidden />
      <TwoLines
        first={who}
        second={
          servedBy && (
            <>
              {role} since <Moment brief atMs={Date.parse(servedBy.since)} />
            </>
          )
        }
        strong={state === 'failover'}
        wrap
      />
    </div>
  );
}
