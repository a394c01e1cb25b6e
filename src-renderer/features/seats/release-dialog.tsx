import { Text } from '@fluentui/react-components';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import { formatCount } from '../../base/format.ts';
import { useAction } from '../../base/hooks.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';

interface ReleaseDialogProps {
  /** Null: the dialog is closed. */
  lease: ListedLease | null;
  onClose: () => void;
}

/** Takes a seat away from its holder, after saying what that means. */
export function ReleaseDialog({ lease, onClose }: ReleaseDialogProps) {
  const release = useAction('lease.release');
  const close = () => {
    release.dismiss();
    onClose();
  };
  const confirm = async () => {
    if (lease && (await release.run({ id: lease.id }))) close();
  };
  return (
    <ConfirmDialog
      open={lease !== null}
      title={lease ? `Release ${formatCount(lease.units, 'seat')} of ${lease.feature}?` : ''}
      confirm={lease?.units === 1 ? 'Release seat' : 'Release seats'}
      busy={release.busy}
      refusal={{ title: 'Not released.', refusal: release.refusal }}
      onConfirm={() => void confirm()}
      onClose={close}
    >
      {lease && (
        <>
          <Text block>
            <bdi>{lease.holder.user}</bdi> on <bdi>{lease.holder.host}</bdi> loses the seat at the
            next renewal. What the application does then is its own affair: it may check out again
            at once.
          </Text>
          {lease.borrowUntil && (
            <Text block>
              The seat is borrowed: the workstation may go on using it offline until the borrow
              ends, while this server already gives the seat to somebody else.
            </Text>
          )}
        </>
      )}
    </ConfirmDialog>
  );
}
