import { Button, Text } from '@fluentui/react-components';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';

interface ForgetDialogProps {
  /** Null: the dialog is closed. */
  server: ServerRow | null;
  onClose: () => void;
}

/** Ends a pairing, after saying what that means; not while the two protect each other. */
export function ForgetDialog({ server, onClose }: ForgetDialogProps) {
  const { show } = useTabNavigation();
  const forget = useAction('servers.forget');
  const isMember = useNode((node) =>
    node.relationships.some(({ members }) => members.some(({ id }) => id === server?.id)),
  );
  const close = () => {
    forget.dismiss();
    onClose();
  };
  const confirm = async () => {
    if (server && (await forget.run({ id: server.id }))) close();
  };
  return (
    <ConfirmDialog
      open={server !== null}
      title={`Forget ${server?.name ?? ''}?`}
      confirm="Forget server"
      busy={forget.busy}
      blocked={isMember}
      refusal={{ title: 'Not forgotten.', refusal: forget.refusal }}
      onConfirm={() => void confirm()}
      onClose={close}
    >
      {isMember ? (
        <>
          <Text block>
            <bdi>{server?.name}</bdi> is part of the relationship of this server. Change or dissolve
            that first; then the server can be forgotten.
          </Text>
          <div>
            <Button
              onClick={() => {
                close();
                show('failover');
              }}
            >
              Go to Failover
            </Button>
          </div>
        </>
      ) : (
        <Text block>
          The two servers give each other no access any more; the other server is told. To have it
          back, pair the two again with a new code.
        </Text>
      )}
    </ConfirmDialog>
  );
}
