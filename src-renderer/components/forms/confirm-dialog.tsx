import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Spinner,
  tokens,
} from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import { RefusalBar } from './refusal-bar.tsx';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
  progress: { justifyContent: 'flex-start' },
  wide: { maxWidth: 'min(760px, calc(100vw - 32px))' },
});

interface ConfirmDialogProps {
  open: boolean;
  title: string;
  children: ReactNode;
  /** The verb of what is done, for example “Release seat”. */
  confirm: string;
  busy?: boolean;
  /** Said while it is done, for example “Switching over …”. */
  progress?: string;
  /** It takes long: the dialog can be hidden meanwhile. */
  hideable?: boolean;
  /** What was done: it takes the place of the question, and `resultTitle` that of its title. */
  result?: ReactNode;
  resultTitle?: string | undefined;
  /** Ends what is being done, while that is safe. */
  onCancelRunning?: () => void;
  /** For example “Cancel the drill”. */
  cancelLabel?: string;
  /** It cannot be confirmed yet. */
  blocked?: boolean;
  wide?: boolean;
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
    <Dialog
      open={open}
      modalType="alert"
      surfaceMotion={null}
      onOpenChange={(_event, data) => !data.open && (!busy || hideable) && onClose()}
    >
      <DialogSurface backdropMotion={null} className={wide ? styles.wide : undefined}>
        <DialogBody>
          <DialogTitle>{done ? resultTitle : title}</DialogTitle>
          <DialogContent className={styles.content}>
            {done ? result : children}
            {busy && progress !== undefined && (
              <Spinner className={styles.progress} size="tiny" label={progress} role="status" />
            )}
            {refusal && <RefusalBar {...refusal} />}
          </DialogContent>
          <DialogActions>
            {done ? (
              <Button key="close" autoFocus appearance="primary" onClick={onClose}>
                Close
              </Button>
            ) : (
              <Choices {...props} busy={busy} />
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Choices(props: ConfirmDialogProps) {
  const { confirm, busy = false, blocked = false, hideable = false, onConfirm, onClose } = props;
  const { onCancelRunning, cancelLabel } = props;
  return (
    <>
      {busy && onCancelRunning && <Button onClick={onCancelRunning}>{cancelLabel}</Button>}
      <Button appearance="primary" disabledFocusable={busy || blocked} onClick={onConfirm}>
        {confirm}
      </Button>
      <Button disabledFocusable={busy && !hideable} onClick={onClose}>
        {busy && hideable ? 'Hide' : 'Cancel'}
      </Button>
    </>
  );
}
