import { MessageBar, MessageBarBody, MessageBarTitle, Spinner } from '@fluentui/react-components';
import { useNode } from '../../base/snapshot-store.ts';

/** What a relationship that is being set up or dissolved waits for; absent when it is neither. */
export function RelationshipStep() {
  const state = useNode((node) => node.relationship?.state ?? 'established');
  const pending = useNode((node) => node.relationship?.pending ?? null);
  if (state === 'established') return null;
  return (
    <MessageBar intent="info" layout="multiline" icon={<Spinner size="tiny" />}>
      <MessageBarBody>
        <MessageBarTitle>
          {state === 'forming' ? 'Being set up.' : 'Being dissolved.'}
        </MessageBarTitle>{' '}
        {pending ?? 'It goes on by itself.'}
      </MessageBarBody>
    </MessageBar>
  );
}
