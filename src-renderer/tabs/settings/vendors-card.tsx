import { Badge, makeStyles, Text, tokens } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { useState } from 'react';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { Card } from '../../components/layout/card.tsx';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { useAction } from '../../base/hooks.ts';
import { AddRegular } from '../../base/icons.ts';
import { useImport } from '../../features/import/import-context.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px 12px',
    padding: '8px 0',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  words: { flex: '1 1 320px', minWidth: 0, display: 'flex', flexDirection: 'column' },
  name: { display: 'flex', alignItems: 'center', gap: '8px', overflowWrap: 'anywhere' },
  key: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
    userSelect: 'text',
  },
});

/** Whose signatures count on this server. */
export function VendorsCard() {
  const styles = useStyles();
  const { chooseVendor, busy } = useImport();
  const vendors = useNode((node) => node.vendors);
  const [forgetting, setForgetting] = useState<TrustedVendor | null>(null);
  return (
    <Card
      title="Trusted vendors"
      actions={
        <DialogButton
          icon={<AddRegular />}
          size="small"
          disabledFocusable={busy}
          onClick={chooseVendor}
        >
          Trust a vendor key …
        </DialogButton>
      }
    >
      <Text>
        A licence file can be imported only when it is signed with the key of one of these vendors.
      </Text>
      {vendors.length === 0 && <Text>No vendor is trusted yet.</Text>}
      <ul className={styles.list} aria-label="Trusted vendors">
        {vendors.map((vendor) => (
          <li key={vendor.keyId} className={styles.item}>
            <span className={styles.words}>
              <span className={styles.name}>
                <Text weight="semibold">
                  <bdi>{vendor.vendor}</bdi>
                </Text>
                {vendor.demo && (
                  <Badge appearance="outline" color="informative">
                    Demo
                  </Badge>
                )}
              </span>
              <span className={styles.key}>{vendor.keyId}</span>
              <Text size={200}>
                Trusted since <Moment atMs={vendor.trustedAtMs} />
              </Text>
            </span>
            <CopyButton text={vendor.keyId} what={`key id of ${vendor.vendor}`} />
            <DialogButton
              size="small"
              aria-label={`Forget ${vendor.vendor}`}
              onClick={() => setForgetting(vendor)}
            >
              Forget …
            </DialogButton>
          </li>
        ))}
      </ul>
      <ForgetDialog vendor={forgetting} onClose={() => setForgetting(null)} />
    </Card>
  );
}

interface ForgetDialogProps {
  /** Null: the dialog is closed. */
  vendor: TrustedVendor | null;
  onClose: () => void;
}

function ForgetDialog({ vendor, onClose }: ForgetDialogProps) {
  const forget = useAction('vendor.forget');
  const close = () => {
    forget.dismiss();
    onClose();
  };
  const confirm = async () => {
    if (vendor && (await forget.run({ keyId: vendor.keyId }))) close();
  };
  return (
    <ConfirmDialog
      open={vendor !== null}
      title={`Forget the vendor “${vendor?.vendor ?? ''}”?`}
      confirm="Forget vendor"
      busy={forget.busy}
      refusal={{ title: 'Not forgotten.', refusal: forget.refusal }}
      onConfirm={() => void confirm()}
      onClose={close}
    >
      <Text block>
        Licence files signed with this key are then refused, until its key file is trusted again.
      </Text>
    </ConfirmDialog>
  );
}
