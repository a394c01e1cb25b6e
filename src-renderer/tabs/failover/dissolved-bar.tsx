import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useJob } from '../../base/jobs.ts';
import { DismissAction } from '../../components/forms/dismiss-action.tsx';

/** Says where the relationship was that it is dissolved, until the admin has read it. */
export function DissolvedBar() {
  const { state, dismiss } = useJob('relationship.dissolve');
  if (state.kind !== 'ended' || !state.answer.ok) return null;
  return (
    <MessageBar intent="success" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>The relationship is dissolved.</MessageBarTitle> Each server keeps its own
        licences and its leases. The servers are still paired.
      </MessageBarBody>
      <DismissAction onDismiss={dismiss} />
    </MessageBar>
  );
}
