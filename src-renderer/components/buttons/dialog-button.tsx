import { Button, useRestoreFocusTarget, type ButtonProps } from '@fluentui/react-components';

/** A button that opens a dialog: it has the focus again when the dialog is closed. */
export function DialogButton(props: ButtonProps) {
  const restoreFocus = useRestoreFocusTarget();
  return <Button {...restoreFocus} {...props} />;
}
