import { Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Allowed } from '../../../src-shared/model/consent.ts';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import type { IpcResult } from '../../../src-shared/contract/ipc.ts';
import { describeAllowed } from '../../../src-shared/view/describe-consent.ts';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { ModalDialog } from '../../components/forms/modal-dialog.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction, useNow } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { AllowChoice } from './allow-choice.tsx';
import { WrongTries } from './wrong-tries.tsx';
import { findNewlyPaired, formatCountdown } from './invitation.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px' },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase600,
    lineHeight: tokens.lineHeightBase600,
    fontWeight: tokens.fontWeightSemibold,
    letterSpacing: '1px',
    userSelect: 'text',
    overflowWrap: 'anywhere',
    '@media (max-width: 700px)': { fontSize: tokens.fontSizeBase500 },
  },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  address: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: 'anywhere', userSelect: 'text' },
});

/** A one-time code for another server, how long it counts, where to call this one, and who came. */
export function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const newcomer = useNewcomer(open);
  return (
    <ModalDialog
      open={open}
      title={newcomer ? `Paired with ${newcomer.name}` : 'Invite a server'}
      onClose={onClose}
      actions={
        <Button appearance="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      {open && (newcomer ? <Paired newcomer={newcomer} /> : <Invitation />)}
    </ModalDialog>
  );
}

/** The server that was paired since the dialog was opened. */
function useNewcomer(open: boolean): ServerRow | undefined {
  const servers = useNode((node) => node.servers);
  const [pairedBefore, setPairedBefore] = useState<readonly ServerRow[] | null>(null);
  if (open && pairedBefore === null) setPairedBefore(servers.filter(({ paired }) => paired));
  if (!open && pairedBefore !== null) setPairedBefore(null);
  return pairedBefore === null ? undefined : findNewlyPaired(pairedBefore, servers);
}

function Paired({ newcomer: { name, consent } }: { newcomer: ServerRow }) {
  const here = useNode((node) => node.server.name);
  return (
    <Text role="status">
      {describeAllowed(consent, here, name)} To let one protect the other, go on in the tab
      Failover.
    </Text>
  );
}

function Invitation() {
  const invite = useAction('servers.invite');
  const { run } = invite;
  const [isChanged, setIsChanged] = useState(false);
  const [invitation, setInvitation] = useState<IpcResult<'servers.invite'> | null>(null);
  const [allow, setAllow] = useState<Allowed>('nothing');
  const ask = async (allowed: Allowed) => {
    const answer = await run({ allow: allowed });
    if (answer) setInvitation(answer);
  };
  useEffect(() => {
    void run({ allow: 'nothing' }).then((answer) => answer && setInvitation(answer));
  }, [run]);
  // What a code allows is part of it, so that another choice is another code.
  const choose = (allowed: Allowed) => {
    setAllow(allowed);
    setIsChanged(true);
    setInvitation(null);
    void ask(allowed);
  };
  return (
    <>
      <RefusalBar title="No code was made." refusal={invite.refusal} />
      {invite.busy && <Spinner size="tiny" label="Making a code …" />}
      <AllowChoice allow={allow} busy={invite.busy} onChoose={choose} />
      {invitation && !invite.busy && (
        <>
          {isChanged && (
            <Text role="status">
              This is a new code, with what you chose; the one before counts no longer.
            </Text>
          )}
          <Code invitation={invitation} onNew={() => void ask(allow)} />
        </>
      )}
    </>
  );
}

interface CodeProps {
  invitation: IpcResult<'servers.invite'>;
  onNew: () => void;
}

function Code({ invitation, onNew }: CodeProps) {
  const styles = useStyles();
  const nowMs = useNow(1_000);
  const leftMs = Date.parse(invitation.expiresAt) - nowMs;
  const { code } = invitation;
  if (leftMs <= 0) {
    return (
      <div className={styles.row}>
        <Text role="status">The code is no longer valid.</Text>
        <Button onClick={onNew}>Make a new code</Button>
      </div>
    );
  }
  return (
    <>
      <Text>
        On the other server, open the tab Servers, choose “Pair with a server …” and type this code.
        The code is good for one pairing.
      </Text>
      <div className={styles.row}>
        <span className={styles.code}>{code}</span>
        <CopyButton text={code} what="code" />
      </div>
      <WrongTries />
      <Text>Valid for {formatCountdown(leftMs)} more. A new code replaces this one.</Text>
      <Text>This server can be reached at:</Text>
      <ul className={styles.list} aria-label="Addresses of this server">
        {invitation.addresses.map((address) => (
          <li key={address} className={styles.row}>
            <span className={styles.address}>{address}</span>
            <CopyButton text={address} what="address" />
          </li>
        ))}
      </ul>
    </>
  );
}
