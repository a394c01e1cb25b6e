import { Button, makeStyles, Spinner } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import { ModalDialog, startsHere } from './modal-dialog.tsx';
import { RefusalBar } from './refusal-bar.tsx';

const useStyles = makeStyles({ progress: { justifyContent: 'flex-start' } });

interface ConfirmDialogProps {
  open: boolean;
  title: string;
  children: ReactNode;
  /** The verb of what is done, for example “Release seat”. */
  confirm: string;
  /** What leaves everything as it is; “Cancel” unless told. */
  cancel?: string;
  busy?: boolean;
  /** Said while it is done, for example “Switching over …”. */
  progress?: string;
  /** What is confirmed takes long: the dialog can be hidden meanwhile. */
  hideable?: boolean;
  /** What was done: it takes the place of the question, and `resultTitle` that of its title. */
  result?: ReactNode;
  resultTitle?: string | undefined;
  /** Ends what is being done, while that is safe; `label` is for example “Cancel the drill”. */
  cancelRunning?: { label: string; run: () => void };
  /** The dialog cannot be confirmed yet. */
  blocked?: boolean;
  wide?: boolean;
  /** The dialog asks for something to be typed or chosen: the first field has the focus. */
  fields?: boolean;
  refusal?: { title: string; refusal: IpcRefusal | null };
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back, and shows what came of it where that is asked. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, title, children, busy = false, progress, result, wide = false, onClose } = props;
  const { refusal, hideable = false, resultTitle = title } = props;
  const styles = useStyles();
  const done = result !== undefined && result !== null;
  return (
    <ModalDialog
      open={open}
      title={done ? resultTitle : title}
      wide={wide}
      step={done}
      onClose={busy && !hideable ? null : onClose}
      actions={
        done ? (
          <Button {...startsHere} key="close" appearance="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <Choices {...props} busy={busy} />
        )
      }
    >
      {done ? result : children}
      {busy && progress !== undefined && (
        <Spinner className={styles.progress} size="tiny" label={progress} role="status" />
      )}
      {refusal && <RefusalBar {...refusal} />}
    </ModalDialog>
  );
}

function Choices(props: ConfirmDialogProps) {
  const { confirm, cancel = 'Cancel', busy = false, blocked = false, hideable = false } = props;
  const { fields = false, cancelRunning, onConfirm, onClose } = props;
  return (
    <>
      {busy && cancelRunning && <Button onClick={cancelRunning.run}>{cancelRunning.label}</Button>}
      <Button appearance="primary" disabledFocusable={busy || blocked} onClick={onConfirm}>
        {confirm}
      </Button>
      <Button {...(!fields && startsHere)} disabledFocusable={busy && !hideable} onClick={onClose}>
        {busy && hideable ? 'Hide' : cancel}
      </Button>
    </>
  );
}
