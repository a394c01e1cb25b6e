import { Checkbox, Text } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { useAction } from '../../base/hooks.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { PolicyChoice } from '../../features/setup/policy-choice.tsx';
import { listCandidates } from '../../features/setup/wizard-state.ts';

interface PolicyDialogProps {
  open: boolean;
  relationship: RelationshipStatus;
  onClose: () => void;
}

/** Changes policy, witness, and whether the protection goes both ways. */
export function PolicyDialog({ open, relationship, onClose }: PolicyDialogProps) {
  if (!open) return null;
  return <OpenPolicyDialog relationship={relationship} onClose={onClose} />;
}

function OpenPolicyDialog({ relationship, onClose }: Omit<PolicyDialogProps, 'open'>) {
  const node = useNode((known) => known);
  const set = useAction('relationship.set');
  const of = useOfRelationship();
  const former = relationship.members.find(({ role }) => role === 'witness')?.id ?? '';
  const [wanted, setWanted] = useState({
    policy: relationship.policy,
    witness: former,
    mutual: relationship.mutual,
  });
  const members = relationship.members.filter(({ role }) => role !== 'witness');
  const witnesses = useMemo(
    () => listCandidates(node).filter(({ id }) => !members.some((member) => member.id === id)),
    [node, members],
  );
  const { policy, witness, mutual } = wanted;
  const strict = policy === 'strict';
  const changed =
    policy !== relationship.policy ||
    mutual !== relationship.mutual ||
    (strict && witness !== former);
  const confirm = async () => {
    const answer = await set.run({ policy, mutual, ...(strict && { witness }), ...of });
    if (answer) onClose();
  };
  const [main, backup] = members;
  return (
    <ConfirmDialog
      open
      wide
      fields
      title="Change the policy"
      confirm="Apply"
      busy={set.busy}
      progress="Applying …"
      blocked={!changed || (strict && witness === '')}
      refusal={{ title: 'Not changed.', refusal: set.refusal }}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <PolicyChoice
        policy={policy}
        witness={witness}
        witnesses={witnesses}
        onChange={(change) => setWanted({ ...wanted, ...change })}
      />
      <Checkbox
        checked={mutual}
        label={`Both ways: ${main?.name} takes over for ${backup?.name}, too`}
        onChange={(_event, { checked }) => setWanted({ ...wanted, mutual: checked === true })}
      />
      <Text size={200}>Licences are served meanwhile, and every seat is kept.</Text>
    </ConfirmDialog>
  );
}
