import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import { DismissAction } from './dismiss-action.tsx';

interface RefusalBarProps {
  /** What was not done, for example “The seat was not released”. */
  title: string;
  refusal: IpcRefusal | null;
  /** Of one that is no failure. */
  intent?: 'error' | 'info';
  onDismiss?: () => void;
}

/** Why something was refused and what to do, next to where it was asked for. */
export function RefusalBar({ title, refusal, intent = 'error', onDismiss }: RefusalBarProps) {
  if (!refusal) return null;
  return (
    <MessageBar intent={intent} layout="multiline" politeness="assertive">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle> {refusal.message}
      </MessageBarBody>
      {onDismiss && <DismissAction onDismiss={onDismiss} />}
    </MessageBar>
  );
}
