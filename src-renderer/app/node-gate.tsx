import { Button, makeStyles, Spinner, Text } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { EmptyState } from '../components/layout/empty-state.tsx';
import { RefusalBar } from '../components/forms/refusal-bar.tsx';
import { useAction } from '../base/hooks.ts';
import { FolderOpenRegular, PlugDisconnectedRegular } from '../base/icons.ts';
import { useHasNode, useSnapshotProblem, useUi } from '../base/snapshot-store.ts';

const useStyles = makeStyles({
  root: { flex: 1, display: 'flex', overflow: 'auto' },
  starting: { display: 'flex', flexDirection: 'column', gap: '12px', margin: 'auto' },
});

/** Draws the window once there is a state of the node to draw; until then, what it waits for. */
export function NodeGate({ children }: { children: ReactNode }) {
  const hasNode = useHasNode();
  return hasNode ? children : <Waiting />;
}

function Waiting() {
  const styles = useStyles();
  const connection = useUi((ui) => ui?.connection);
  const problem = useSnapshotProblem();
  const openFolder = useAction('folder.open');
  if (connection?.state === 'away' || problem !== null) {
    return (
      <main className={styles.root}>
        <EmptyState
          icon={<PlugDisconnectedRegular />}
          title="The licence server is not answering"
          text={connection?.message ?? problem ?? 'The window tries again every second.'}
        >
          <Button
            icon={<FolderOpenRegular />}
            onClick={() => void openFolder.run({ folder: 'logs' })}
          >
            Open the log folder
          </Button>
          <RefusalBar title="The folder was not opened." refusal={openFolder.refusal} />
        </EmptyState>
      </main>
    );
  }
  return (
    <main className={styles.root}>
      <div className={styles.starting}>
        <Spinner size="medium" label="Starting the licence server …" />
        {connection?.message && <Text align="center">{connection.message}</Text>}
      </div>
    </main>
  );
}
