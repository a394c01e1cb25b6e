import { Text } from '@fluentui/react-components';
import { ConfirmDialog } from '../components/forms/confirm-dialog.tsx';
import { discardAndLeave, stay, useHeldLeave } from '../base/unsaved.ts';

/** Asks before drafts are lost with the place that they are in. */
export function LeaveDialog() {
  const held = useHeldLeave();
  return (
    <ConfirmDialog
      open={held !== null}
      title="Leave without applying?"
      confirm="Discard and leave"
      cancel="Stay"
      onConfirm={discardAndLeave}
      onClose={stay}
    >
      <Text>
        What was typed here was not applied and would be lost: {held?.unsaved.join(', ')}.
      </Text>
    </ConfirmDialog>
  );
}
