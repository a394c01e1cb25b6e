import { Checkbox, Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { KeyRotation } from '../../../src-shared/model/key-rotation.ts';
import { describeNotTold } from '../../../src-shared/view/describe-not-told.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { nextFingerprintFacts } from '../../features/identity/next-fingerprint.tsx';

interface RotateKeyDialogProps {
  open: boolean;
  onClose: () => void;
}

/** Replaces this server’s key, after saying what follows, and shows what came of it. */
export function RotateKeyDialog({ open, onClose }: RotateKeyDialogProps) {
  const rotate = useAction('servers.rotateKey');
  const [force, setForce] = useState(false);
  const [rotation, setRotation] = useState<KeyRotation | null>(null);
  const unreachable = rotate.refusal?.code === 'SERVER_UNREACHABLE';
  const close = () => {
    setForce(false);
    setRotation(null);
    rotate.dismiss();
    onClose();
  };
  const confirm = async () => {
    const answer = await rotate.run({ force });
    if (answer) setRotation(answer);
  };
  return (
    <ConfirmDialog
      wide
      open={open}
      title="Replace this server’s key?"
      resultTitle="A new key is ready"
      confirm="Replace the key"
      busy={rotate.busy}
      progress="Telling the paired servers …"
      refusal={{ title: 'The key was not replaced.', refusal: rotate.refusal }}
      result={rotation && <RotationResult rotation={rotation} />}
      onConfirm={() => void confirm()}
      onClose={close}
    >
      <RotationText />
      {(unreachable || force) && (
        <Checkbox
          checked={force}
          label="Replace the key anyway; pair again after the restart with those that were not told"
          onChange={(_event, { checked }) => setForce(checked === true)}
        />
      )}
    </ConfirmDialog>
  );
}

function RotationText() {
  const related = useNode((node) => node.relationships.length > 0);
  return (
    <>
      <Text block>
        The key is what other servers and applications know this server by. The new one, and with it
        a new fingerprint, comes into use when Understudy is started again; until then nothing
        changes.
      </Text>
      <Text block>
        Paired servers are told now and accept both keys. Applications that were given the present
        fingerprint refuse this server after the restart, until they are given the new one.
      </Text>
      <Text block>
        So do applications whose licence names this server by its fingerprint, until the vendor
        issues that licence for the new one. Ask the vendor first.
      </Text>
      {related && (
        <Text block weight="semibold">
          This server is in a relationship. Dissolve the relationship first.
        </Text>
      )}
    </>
  );
}

function RotationResult({ rotation }: { rotation: KeyRotation }) {
  const { nextId, told, notTold, warnings } = rotation;
  return (
    <div role="status">
      <Facts
        facts={[
          ...nextFingerprintFacts(nextId),
          ...(told.length === 0
            ? []
            : [{ term: 'Told', value: told.map(({ name }) => name).join(', ') }]),
          ...notTold.map((server) => ({
            term: 'Not told',
            value: describeNotTold(server),
          })),
          ...warnings.map((warning) => ({ term: 'Mind', value: warning })),
        ]}
      />
    </div>
  );
}
