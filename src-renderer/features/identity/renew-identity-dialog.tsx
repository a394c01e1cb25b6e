import { Checkbox, Text } from '@fluentui/react-components';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { useAction } from '../../base/hooks.ts';
import { nextFingerprintFacts } from './next-fingerprint.tsx';

interface RenewIdentityDialogProps {
  open: boolean;
  onClose: () => void;
}

/** Orders an identity of its own for a server that is a copy, after saying what that means. */
export function RenewIdentityDialog({ open, onClose }: RenewIdentityDialogProps) {
  const renew = useAction('identity.renew');
  const [force, setForce] = useState(false);
  const [nextId, setNextId] = useState<string | null>(null);
  const close = () => {
    setForce(false);
    setNextId(null);
    renew.dismiss();
    onClose();
  };
  const confirm = async () => {
    const answer = await renew.run({ force });
    if (answer) setNextId(answer.nextId);
  };
  return (
    <ConfirmDialog
      wide
      open={open}
      title="Give this server a new identity?"
      resultTitle="A new identity is ready"
      confirm="Order a new identity"
      busy={renew.busy}
      refusal={{ title: 'No new identity was ordered.', refusal: renew.refusal }}
      result={
        nextId && (
          <div role="status">
            <Facts facts={nextFingerprintFacts(nextId)} />
          </div>
        )
      }
      onConfirm={() => void confirm()}
      onClose={close}
    >
      <Text block>
        This is for a server that is a copy of another one: a cloned machine, or a backup that was
        started beside the original. Do it on the copy and not on the original.
      </Text>
      <Text block>
        When Understudy is started again, this server has a new fingerprint, no licences, no seats
        and no pairings: they stay with the server that it is a copy of. Its ledger is kept under
        another name in the data directory. To serve, it has to be paired, and licences that name
        its new fingerprint imported.
      </Text>
      {(renew.refusal?.code === 'BAD_REQUEST' || force) && (
        <Checkbox
          checked={force}
          label="This server is the copy, although no other one with its identity was seen"
          onChange={(_event, { checked }) => setForce(checked === true)}
        />
      )}
    </ConfirmDialog>
  );
}
