import { Checkbox, Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { useJob } from '../../base/jobs.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { findReplaced } from '../../../src-shared/view/describe-replaced.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';

interface DissolveDialogProps {
  open: boolean;
  relationship: RelationshipStatus;
  onClose: () => void;
}

/** Ends a relationship, after saying what that means. */
export function DissolveDialog({ open, relationship, onClose }: DissolveDialogProps) {
  const here = useNode((node) => node.server.id);
  const { state, start, dismiss } = useJob('relationship.dissolve');
  const refusal = state.kind === 'ended' && !state.answer.ok ? state.answer : null;
  const of = useOfRelationship();
  const [force, setForce] = useState(false);
  const away = relationship.members.filter(
    ({ id, role, connected }) => id !== here && role !== 'witness' && !connected,
  );
  const names = joinNames(away.map(({ name }) => name));
  const replaced = useNode(findReplaced);
  const byForce = force && (replaced !== null || away.length > 0);
  const close = () => {
    setForce(false);
    dismiss();
    onClose();
  };
  const confirm = async () => {
    // What was done is said by `DissolvedBar`, which has the answer for as long as it is not dismissed.
    if (!(await start({ force: byForce, ...of }))) return;
    // The next time it is asked anew.
    setForce(false);
    onClose();
  };
  return (
    <ConfirmDialog
      open={open}
      title="Dissolve the relationship?"
      confirm="Dissolve"
      busy={state.kind === 'running'}
      progress="Dissolving …"
      blocked={replaced === null && away.length > 0 && !force}
      refusal={{ title: 'Not dissolved.', refusal }}
      onConfirm={() => void confirm()}
      onClose={close}
    >
      {replaced === null ? (
        <>
          <Text block>
            Each server keeps its own licences, and no server takes over for another any more.
            Leases stay as they are. The servers stay paired.
          </Text>
          {away.length > 0 && (
            <>
              <Text block>
                {names} cannot be reached. If the relationship is dissolved all the same, both may
                serve the same licences until {names} learns of that.
              </Text>
              <Checkbox
                checked={force}
                label={`Dissolve without ${names}`}
                onChange={(_event, { checked }) => setForce(checked === true)}
              />
            </>
          )}
        </>
      ) : (
        <>
          <Text block>{replaced}</Text>
          <Checkbox
            checked={force}
            label="By force: serve these licences here again"
            onChange={(_event, { checked }) => setForce(checked === true)}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
