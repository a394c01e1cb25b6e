import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  CheckmarkCircleFilled,
  DismissCircleFilled,
  RadioButtonFilled,
  WarningFilled,
} from '../icons.ts';
import { useNode, useUi } from '../snapshot-store.ts';

const useStyles = makeStyles({
  root: { display: 'flex', alignItems: 'center', gap: '8px', fontSize: tokens.fontSizeBase200 },
  icon: { fontSize: '20px', flexShrink: 0 },
  serving: { color: tokens.colorStatusSuccessForeground1 },
  standby: { color: tokens.colorBrandForeground1 },
  degraded: { color: tokens.colorStatusWarningForeground1 },
  stopped: { color: tokens.colorStatusDangerForeground1 },
});

const marks = {
  serving: { Icon: CheckmarkCircleFilled, word: 'Serving' },
  standby: { Icon: RadioButtonFilled, word: 'Standby' },
  degraded: { Icon: WarningFilled, word: 'Degraded' },
  stopped: { Icon: DismissCircleFilled, word: 'Not serving' },
};

/** Whether licences are served, as a shape, a colour and a word. */
export function ServingMark({ iconOnly }: { iconOnly: boolean }) {
  const styles = useStyles();
  const connected = useUi((ui) => ui?.connection.state === 'connected');
  const known = useNode((node) => node.serving.state);
  const state = connected ? known : 'stopped';
  const { Icon, word } = marks[state];
  const text = connected ? word : 'Not answering';
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
