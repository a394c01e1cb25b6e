import { Checkbox, Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';

interface DissolveDialogProps {
  open: boolean;
  relationship: RelationshipStatus;
  onClose: () => void;
}

/** Ends a relationship, after saying what that means. */
export function DissolveDialog({ open, relationship, onClose }: DissolveDialogProps) {
  const here = useNode((node) => node.server.id);
  const dissolve = useAction('relationship.dissolve');
  const [force, setForce] = useState(false);
  const away = relationship.members.filter(
    ({ id, role, connected }) => id !== here && role !== 'witness' && !connected,
  );
  const names = away.map(({ name }) => name).join(' and ');
  const close = () => {
    setForce(false);
    dissolve.dismiss();
    onClose();
  };
  const confirm = async () => {
    if (await dissolve.run({ force: force && away.length > 0 })) close();
  };
  return (
    <ConfirmDialog
      open={open}
      title="Dissolve the relationship?"
      confirm="Dissolve"
      busy={dissolve.busy}
      progress="Dissolving …"
      blocked={away.length > 0 && !force}
      refusal={{ title: 'Not dissolved.', refusal: dissolve.refusal }}
      onConfirm={() => void confirm()}
      onClose={close}
    >
      <Text block>
        Each server keeps its own licences, and no server takes over for another any more. Leases
        stay as they are. The servers stay paired.
      </Text>
      {away.length > 0 && (
        <>
          <Text block>
            {names} cannot be reached. If the relationship is dissolved all the same, both may serve
            the same licences until {names} learns of that.
          </Text>
          <Checkbox
            checked={force}
            label={`Dissolve without ${names}`}
            onChange={(_event, { checked }) => setForce(checked === true)}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
