import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { findFailovers } from '../../src-shared/view/protection.ts';
import type { TrayState } from '../../src-shared/model/ui-snapshot.ts';
import {
  CheckmarkCircleFilled,
  DismissCircleFilled,
  RadioButtonFilled,
  WarningFilled,
} from '../base/icons.ts';
import { useNode, useUi } from '../base/snapshot-store.ts';

const useStyles = makeStyles({
  root: { display: 'flex', alignItems: 'center', gap: '8px', fontSize: tokens.fontSizeBase200 },
  icon: { fontSize: '20px', flexShrink: 0 },
  serving: { color: tokens.colorStatusSuccessForeground1 },
  standby: { color: tokens.colorBrandForeground1 },
  failover: { color: tokens.colorStatusWarningForeground1 },
  stopped: { color: tokens.colorStatusDangerForeground1 },
});

/** The shapes of the tray. */
const marks: Record<TrayState, { Icon: typeof WarningFilled; word: string }> = {
  serving: { Icon: CheckmarkCircleFilled, word: 'Serving' },
  standby: { Icon: RadioButtonFilled, word: 'Standby' },
  failover: { Icon: WarningFilled, word: 'Degraded' },
  stopped: { Icon: DismissCircleFilled, word: 'Not serving' },
};

/** Whether licences are served, as a shape, a colour and a word; the same as in the tray. */
export function ServingMark({ iconOnly }: { iconOnly: boolean }) {
  const styles = useStyles();
  const connected = useUi((ui) => ui?.connection.state === 'connected');
  const state = useUi((ui) => ui?.trayState ?? 'stopped');
  const failedOver = useNode((node) => findFailovers(node).length > 0);
  const { Icon, word } = marks[state];
  const known = state === 'failover' && failedOver ? 'Failover' : word;
  const text = connected ? known : 'Not answering';
  return (
    <div className={styles.root} title={text}>
      <Icon
        className={mergeClasses(styles.icon, styles[state])}
        role="img"
        aria-label={iconOnly ? text : ''}
        aria-hidden={!iconOnly}
      />
      {!iconOnly && <span>{text}</span>}
    </div>
  );
}
