import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useNode } from '../../base/snapshot-store.ts';
import { describeWrongTries } from './invitation.ts';

/** Somebody has tried wrong codes with the open invitation. */
export function WrongTries() {
  const tries = useNode((node) => node.invitation?.wrongTries);
  if (!tries || tries.length === 0) return null;
  return (
    <MessageBar intent="warning" layout="multiline" politeness="polite">
      <MessageBarBody>{describeWrongTries(tries)}</MessageBarBody>
    </MessageBar>
  );
}
