import {
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { useState } from 'react';
import { deriveIdentityNotices } from '../../../src-shared/view/identity-notices.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { RenewIdentityDialog } from './renew-identity-dialog.tsx';
import { useNode } from '../../base/snapshot-store.ts';

/** Servers that were copied or put back, and the way out for this one. */
export function IdentityNotices() {
  const notices = deriveIdentityNotices(useNode((node) => node));
  const [renewing, setRenewing] = useState(false);
  return (
    <>
      {notices.map(({ key, severity, title, text, ofThisServer }) => (
        <MessageBar key={key} intent={severity} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{title}.</MessageBarTitle> {text}
          </MessageBarBody>
          {ofThisServer && (
            <MessageBarActions>
              <DialogButton onClick={() => setRenewing(true)}>
                Give this server a new identity …
              </DialogButton>
            </MessageBarActions>
          )}
        </MessageBar>
      ))}
      <RenewIdentityDialog open={renewing} onClose={() => setRenewing(false)} />
    </>
  );
}
