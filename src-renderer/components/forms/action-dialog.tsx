import type { ReactNode } from 'react';
import type { IpcParams, IpcRequestName } from '../../../src-shared/contract/ipc.ts';
import { useAction } from '../../base/hooks.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

interface ActionDialogProps<N extends IpcRequestName> {
  open: boolean;
  title: string;
  children: ReactNode;
  /** The verb of what is done, for example “Take the time”. */
  confirm: string;
  /** What is requested once it is confirmed. */
  action: N;
  params: IpcParams<N>;
  /** What is said above why it was refused, for example “Not taken.”. */
  refusedTitle: string;
  onClose: () => void;
}

/** Asks before a request, and closes once it is done. */
export function ActionDialog<N extends IpcRequestName>(props: ActionDialogProps<N>) {
  const { open, title, children, confirm, action: name, params, refusedTitle, onClose } = props;
  const action = useAction(name);
  const close = () => {
    action.dismiss();
    onClose();
  };
  const run = async () => {
    if (await action.run(params)) close();
  };
  return (
    <ConfirmDialog
      open={open}
      title={title}
      confirm={confirm}
      busy={action.busy}
      refusal={{ title: refusedTitle, refusal: action.refusal }}
      onConfirm={() => void run()}
      onClose={close}
    >
      {children}
    </ConfirmDialog>
  );
}
