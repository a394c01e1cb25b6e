import { Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Allowed } from '../../../src-shared/model/consent.ts';
import type { IpcResult } from '../../../src-shared/contract/ipc.ts';
import { hostPortSchema } from '../../../src-shared/model/scalars.ts';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { describeAllowed } from '../../../src-shared/view/describe-consent.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { groupFingerprint } from '../../base/format.ts';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { AllowChoice } from './allow-choice.tsx';
import { parseAddress } from './parse-address.ts';

const useStyles = makeStyles({
  code: { fontFamily: tokens.fontFamilyMonospace },
  field: { maxWidth: '420px' },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: 'anywhere' },
});

interface PairDialogProps {
  /** The server to pair with; `byAddress`: one that was not found; null: the dialog is closed. */
  target: ServerRow | 'byAddress' | null;
  onClose: () => void;
}

/** Pairs this server with another, by the code that was made there. */
export function PairDialog({ target, onClose }: PairDialogProps) {
  if (target === null) return null;
  const known = target === 'byAddress' ? null : target;
  return <OpenPairDialog key={known?.id ?? ''} known={known} onClose={onClose} />;
}

interface OpenPairDialogProps {
  known: ServerRow | null;
  onClose: () => void;
}

function OpenPairDialog({ known, onClose }: OpenPairDialogProps) {
  const styles = useStyles();
  const [address, setAddress] = useState(known?.address ?? '');
  const [code, setCode] = useState('');
  const [allow, setAllow] = useState<Allowed>('nothing');
  const [paired, setPaired] = useState<IpcResult<'servers.pair'> | null>(null);
  const here = useNode((node) => node.server.name);
  const pair = useAction('servers.pair');
  const hostPort = parseAddress(address);
  const wrongAddress = address.trim() !== '' && !hostPortSchema.safeParse(hostPort).success;
  const ready = address.trim() !== '' && !wrongAddress && code.trim() !== '';
  const confirm = async () => {
    if (!ready || pair.busy) return;
    const answer = await pair.run({ address: hostPort, code: code.trim(), allow });
    if (answer) setPaired(answer);
  };
  return (
    <ConfirmDialog
      open
      fields
      title={`Pair with ${known?.name ?? 'a server'}`}
      resultTitle={paired ? `Paired with ${paired.server.name}` : undefined}
      confirm="Pair"
      busy={pair.busy}
      blocked={!ready}
      progress="Pairing …"
      refusal={{ title: 'Not paired.', refusal: pair.refusal }}
      result={
        paired && (
          <>
            <Text>
              The two servers have given each other access. The fingerprint of{' '}
              <bdi>{paired.server.name}</bdi>, to compare with what its own window shows in
              Settings:
            </Text>
            <Text size={200} className={styles.mono}>
              {groupFingerprint(paired.server.id)}
            </Text>
            <Text>{describeAllowed(paired.server.consent, here, paired.server.name)}</Text>
            <Text>{describeAllowed(paired.allows, paired.server.name, here)}</Text>
            <Text>To let one protect the other, go on in the tab Failover.</Text>
          </>
        )
      }
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <Text>
        On the other server, open the tab Servers and choose “Invite a server …”. That shows a code
        and the addresses of the server; type them here.
      </Text>
      <Field
        label="Address of the other server"
        className={styles.field}
        validationState={wrongAddress ? 'error' : 'none'}
        validationMessage={wrongAddress ? 'Type HOST or HOST:PORT, for example srv-b:7470.' : null}
      >
        <Input
          value={address}
          spellCheck={false}
          placeholder="srv-b:7470"
          onChange={(_event, data) => setAddress(data.value)}
        />
      </Field>
      <Field label="Code" hint="Case and dashes do not matter." className={styles.field}>
        <Input
          className={styles.code}
          value={code}
          spellCheck={false}
          autoComplete="off"
          maxLength={64}
          onChange={(_event, data) => setCode(data.value)}
          onKeyDown={(event) => event.key === 'Enter' && void confirm()}
        />
      </Field>
      <AllowChoice allow={allow} busy={pair.busy} onChoose={setAllow} />
    </ConfirmDialog>
  );
}
