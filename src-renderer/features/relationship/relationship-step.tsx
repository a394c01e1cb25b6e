import { MessageBar, MessageBarBody, MessageBarTitle, Spinner } from '@fluentui/react-components';
import {
  capitalise,
  goesOnByItself,
  wordsOfState,
} from '../../../src-shared/view/relationship-words.ts';
import { useNode } from '../../base/snapshot-store.ts';

/** What a relationship that is being set up or dissolved waits for; absent when it is neither. */
export function RelationshipStep() {
  const state = useNode((node) => node.relationship?.state ?? 'established');
  const words = useNode((node) => (node.relationship ? wordsOfState(node.relationship).short : ''));
  const isOutside = useNode((node) => node.relationship?.outside !== undefined);
  const pending = useNode((node) => node.relationship?.pending ?? null);
  if (state === 'established') return null;
  return (
    <MessageBar
      intent={isOutside ? 'warning' : 'info'}
      layout="multiline"
      {...(!isOutside && { icon: <Spinner size="tiny" /> })}
    >
      <MessageBarBody>
        <MessageBarTitle>{`${capitalise(words)}.`}</MessageBarTitle> {pending ?? goesOnByItself}
      </MessageBarBody>
    </MessageBar>
  );
}
