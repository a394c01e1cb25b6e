import { MessageBar, MessageBarBody, MessageBarTitle, Spinner } from '@fluentui/react-components';
import {
  capitalise,
  goesOnByItself,
  stateWords,
} from '../../../src-shared/view/relationship-words.ts';
import { useNode } from '../../base/snapshot-store.ts';

/** What a relationship that is being set up or dissolved waits for; absent when it is neither. */
export function RelationshipStep() {
  const state = useNode((node) => node.relationship?.state ?? 'established');
  const pending = useNode((node) => node.relationship?.pending ?? null);
  if (state === 'established') return null;
  return (
    <MessageBar intent="info" layout="multiline" icon={<Spinner size="tiny" />}>
      <MessageBarBody>
        <MessageBarTitle>{`${capitalise(stateWords[state].short)}.`}</MessageBarTitle>{' '}
        {pending ?? goesOnByItself}
      </MessageBarBody>
    </MessageBar>
  );
}
