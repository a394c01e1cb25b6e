import {
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { describeTries, triesAdvice } from '../../../src-shared/view/describe-tries.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: '20px', overflowWrap: 'anywhere' },
});

/** Somebody has tried wrong codes with the open invitation. */
export function WrongTries() {
  const styles = useStyles();
  const invitation = useNode((node) => node.invitation);
  if (!invitation || invitation.wrongTries.length === 0) return null;
  return (
    <MessageBar intent="warning" layout="multiline" politeness="polite">
      <MessageBarBody>
        <MessageBarTitle>Wrong codes came from:</MessageBarTitle>
        <ul className={styles.list} aria-label="Where wrong codes came from">
          {describeTries(invitation).map((line) => (
            <li key={line}>
              <bdi>{line}</bdi>
            </li>
          ))}
        </ul>
        {triesAdvice}
      </MessageBarBody>
    </MessageBar>
  );
}
