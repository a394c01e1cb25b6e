import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { labelStart } from '../../src-shared/view/label-start.ts';
import type { NodeConnection } from '../../src-shared/model/ui-snapshot.ts';
import { Moment } from '../components/marks/moment.tsx';
import { useAction, useNow } from '../base/hooks.ts';
import { useUi } from '../base/snapshot-store.ts';

const useStyles = makeStyles({ root: { borderRadius: 0, flexShrink: 0 } });

/** Says that what the window shows is not the present state, why, and what can be done now. */
export function ConnectionBanner() {
  const styles = useStyles();
  const connection = useUi((ui) => ui?.connection);
  if (!connection || connection.state === 'connected') return null;
  const starting = connection.state === 'starting';
  return (
    <section aria-label="Licence server">
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
        <Remedy connection={connection} />
      </MessageBar>
    </section>
  );
}

/** Starting a server at once that would be started later, or deciding about one that waits for that. */
function Remedy({ connection }: { connection: NodeConnection }) {
  const start = useAction('node.start');
  const recover = useAction('node.recover');
  const { nextTryAtMs, waitsForAdmin = false } = connection;
  if (waitsForAdmin) {
    return (
      <MessageBarActions>
        <Button size="small" onClick={() => void recover.run({})}>
          What can be done …
        </Button>
      </MessageBarActions>
    );
  }
  if (connection.startable !== true) return null;
  return (
    <MessageBarActions>
      {nextTryAtMs !== undefined && <NextTry atMs={nextTryAtMs} />}
      <Button size="small" disabledFocusable={start.busy} onClick={() => void start.run({})}>
        {labelStart(connection)}
      </Button>
    </MessageBarActions>
  );
}

function NextTry({ atMs }: { atMs: number }) {
  const nowMs = useNow(1_000);
  const seconds = Math.ceil((atMs - nowMs) / 1_000);
  return <span>{seconds > 0 ? `Next try in ${seconds} s` : 'Trying now'}</span>;
}
