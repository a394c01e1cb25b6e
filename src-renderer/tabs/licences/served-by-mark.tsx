import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { nameServer, waitsFor } from '../../../src-shared/view/protection.ts';
import { Unseen } from '../../components/marks/unseen.tsx';
import { useMediaQuery } from '../../base/hooks.ts';
import { Moment } from '../../components/marks/moment.tsx';
import {
  CheckmarkCircleFilled,
  ClockRegular,
  DismissCircleFilled,
  WarningFilled,
} from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
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

/** Below this width the mark alone says that it is the primary, so that the cell has two lines. */
const tightQuery = '(max-width: 1359px)';

/** Whether its primary or a failover server serves a licence, which one, and since when. */
export function ServedByMark({ license }: { license: LicenseDetail }) {
  const styles = useStyles();
  const { servedBy } = license;
  const thisServerId = useNode((node) => node.server.id);
  const waited = useNode((node) => {
    const primary = waitsFor(node, license);
    return primary === null ? null : nameServer(node, primary);
  });
  const state = servedState(servedBy);
  const tight = useMediaQuery(tightQuery);
  const { who, role } = describeServedBy(servedBy, thisServerId, waited);
  const Icon = waited === null ? icons[state] : ClockRegular;
  return (
    <div className={styles.root}>
      <Icon className={mergeClasses(styles.icon, styles[state])} fontSize={18} aria-hidden />
      <TwoLines
        first={who}
        second={
          servedBy ? (
            <>
              {tight && state === 'primary' ? <Unseen>{role} </Unseen> : `${role} `}since{' '}
              <Moment brief atMs={Date.parse(servedBy.since)} />
            </>
          ) : (
            role
          )
        }
        strong={state === 'failover'}
        wrap
      />
    </div>
  );
}
