import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { labelStart } from '../../src-shared/view/label-start.ts';
import { useAction } from '../base/hooks.ts';
import { Moment } from '../components/marks/moment.tsx';
import { useUi } from '../base/snapshot-store.ts';

const useStyles = makeStyles({ root: { borderRadius: 0, flexShrink: 0 } });

/** Says that what the window shows is not the present state, and why. */
export function ConnectionBanner() {
  const styles = useStyles();
  const connection = useUi((ui) => ui?.connection);
  const start = useAction('node.start');
  if (!connection || connection.state === 'connected') return null;
  const starting = connection.state === 'starting';
  return (
    <MessageBar
      className={styles.root}
      intent={starting ? 'info' : 'error'}
      layout="multiline"
      politeness="assertive"
    >
      <MessageBarBody>
        <MessageBarTitle>
          {starting ? (
            'The licence server is starting.'
          ) : (
            <>
              The licence server has not answered since <Moment atMs={connection.sinceMs} />.
            </>
          )}
        </MessageBarTitle>{' '}
        {connection.message} What you see is the last known state.
      </MessageBarBody>
      {connection.startable === true && (
        <MessageBarActions>
          <Button disabledFocusable={start.busy} onClick={() => void start.run({})}>
            {labelStart(connection)}
          </Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
