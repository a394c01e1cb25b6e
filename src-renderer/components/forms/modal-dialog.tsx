import {
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react';
import { useOpenDialog } from '../../base/open-dialogs.ts';

const useStyles = makeStyles({
  surface: { maxWidth: 'min(600px, calc(100vw - 24px))' },
  wide: { maxWidth: 'min(760px, calc(100vw - 24px))' },
  title: { overflowWrap: 'anywhere' },
  content: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    overflowWrap: 'anywhere',
  },
  actions: { '& .fui-Button': { whiteSpace: 'nowrap' } },
});

/** Marks the button that has the focus when a dialog opens or its step changes. */
export const startsHere = { 'data-starts-here': '' } as const;

interface ModalDialogProps {
  open: boolean;
  title: string;
  children: ReactNode;
  /** Buttons of the dialog; the one with `startsHere` has the focus first, else the first control. */
  actions: ReactNode;
  wide?: boolean;
  /** Escape; null while it cannot be closed. */
  onClose: (() => void) | null;
  /** Changes when the dialog becomes another one: the focus begins anew. */
  step?: unknown;
  /** Nobody has just asked for it: it opens once no other dialog is open. */
  waits?: boolean;
}

/** A dialog that keeps the rest of the window waiting. The focus stays in it, and returns at its end. */
export function ModalDialog(props: ModalDialogProps) {
  const { title, children, actions, wide = false, onClose, step, waits = false } = props;
  const styles = useStyles();
  const surface = useRef<HTMLDivElement>(null);
  const open = useOpenDialog(props.open, waits);
  useReturnedFocus(open);
  useEffect(() => {
    if (!open) return;
    const start = surface.current?.querySelector<HTMLElement>('[data-starts-here]');
    if (start) start.focus();
    else if (!surface.current?.contains(document.activeElement))
      surface.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus();
  }, [open, step]);
  return (
    <Dialog
      open={open}
      modalType="alert"
      surfaceMotion={null}
      onOpenChange={(_event, data) => !data.open && onClose?.()}
    >
      <DialogSurface
        backdropMotion={null}
        className={mergeClasses(styles.surface, wide && styles.wide)}
      >
        <div ref={surface}>
          <DialogBody>
            <DialogTitle className={styles.title}>{title}</DialogTitle>
            <DialogContent className={styles.content}>{children}</DialogContent>
            <DialogActions className={styles.actions}>{actions}</DialogActions>
          </DialogBody>
        </div>
      </DialogSurface>
    </Dialog>
  );
}

/**
 * The element that had the focus before has it again at the end, where the dialog that had it is gone. Where that
 * element is gone too, the tab has it, so that the keyboard goes on in the place where one is.
 */
function useReturnedFocus(open: boolean): void {
  useLayoutEffect(() => {
    if (!open) return undefined;
    const before = document.activeElement;
    return () => {
      setTimeout(() => {
        if (document.activeElement !== null && document.activeElement !== document.body) return;
        const known =
          before instanceof HTMLElement && before.isConnected && before.checkVisibility();
        const target = known && before !== document.body ? before : document.querySelector('main');
        if (target instanceof HTMLElement) target.focus({ preventScroll: true });
      });
    };
  }, [open]);
}
