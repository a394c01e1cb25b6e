import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { Card } from '../../components/layout/card.tsx';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { groupFingerprint } from '../../base/format.ts';
import { useAction } from '../../base/hooks.ts';
import { FolderOpenRegular, KeyRegular } from '../../base/icons.ts';
import { useDesktop, useNode } from '../../base/snapshot-store.ts';
import { RenewIdentityDialog } from '../../features/identity/renew-identity-dialog.tsx';
import { RotateKeyDialog } from './rotate-key-dialog.tsx';

const useStyles = makeStyles({
  row: { display: 'flex', alignItems: 'flex-start', gap: '8px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  value: { minWidth: 0, overflowWrap: 'anywhere' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
});

/** Which server this is, and where it keeps everything. */
export function IdentityCard() {
  const styles = useStyles();
  const id = useNode((node) => node.server.id);
  const dataDirectory = useDesktop((desktop) => desktop.dataDirectory);
  const [rotating, setRotating] = useState(false);
  const [renewing, setRenewing] = useState(false);
  const openFolder = useAction('folder.open');
  return (
    <Card title="Identity and data">
      <Facts
        facts={[
          {
            term: 'Fingerprint',
            value: (
              <span className={styles.row}>
                <span className={`${styles.value} ${styles.mono}`}>{groupFingerprint(id)}</span>
                <CopyButton text={id} what="fingerprint" />
              </span>
            ),
          },
          {
            term: 'Data directory',
            value: (
              <span className={styles.row}>
                <span className={styles.value}>{dataDirectory}</span>
                <CopyButton text={dataDirectory} what="path" />
              </span>
            ),
          },
        ]}
      />
      <div className={styles.buttons}>
        <Button
          icon={<FolderOpenRegular />}
          onClick={() => void openFolder.run({ folder: 'data' })}
        >
          Open data directory
        </Button>
        <DialogButton icon={<KeyRegular />} onClick={() => setRotating(true)}>
          Replace this server’s key …
        </DialogButton>
        <DialogButton onClick={() => setRenewing(true)}>This server is a copy …</DialogButton>
      </div>
      <RenewIdentityDialog open={renewing} onClose={() => setRenewing(false)} />
      <RotateKeyDialog open={rotating} onClose={() => setRotating(false)} />
      <RefusalBar title="Not opened." refusal={openFolder.refusal} onDismiss={openFolder.dismiss} />
    </Card>
  );
}
