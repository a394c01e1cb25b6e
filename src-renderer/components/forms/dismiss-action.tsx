import { Button, MessageBarActions } from '@fluentui/react-components';
import { DismissRegular } from '../../base/icons.ts';

/** The cross at the end of a message bar. */
export function DismissAction({ onDismiss }: { onDismiss: () => void }) {
  return (
    <MessageBarActions
      containerAction={
        <Button
          appearance="transparent"
          aria-label="Dismiss"
          icon={<DismissRegular />}
          onClick={onDismiss}
        />
      }
    />
  );
}
