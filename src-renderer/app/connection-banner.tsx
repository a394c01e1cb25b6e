import {
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { Moment } from '../components/marks/moment.tsx';
import { useUi } from '../base/snapshot-store.ts';

const useStyles = makeStyles({ root: { borderRadius: 0, flexShrink: 0 } });

/** Says that what the window shows is not the present state, and why. */
export function ConnectionBanner() {
  const styles = useStyles();
  const connection = useUi((ui) => ui?.connection);
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
              The licence server is not answering since <Moment atMs={connection.sinceMs} />.
            </>
          )}
        </MessageBarTitle>{' '}
        {connection.message} What you see is the last known state.
      </MessageBarBody>
    </MessageBar>
  );
}
