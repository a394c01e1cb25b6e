import { MessageBar, MessageBarBody, Text } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { EmptyState } from '../../components/layout/empty-state.tsx';
import { VirtualGrid } from '../../components/grid/virtual-grid.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { Page } from '../../components/layout/page.tsx';
import { formatCount } from '../../base/format.ts';
import { LinkAddRegular, ServerMultipleRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { ConsentRequests } from '../../features/relationship/consent-requests.tsx';
import { AllowedServers } from './allowed-servers.tsx';
import { WrongTries } from './wrong-tries.tsx';
import { ForgetDialog } from './forget-dialog.tsx';
import { IdentityNotices } from '../../features/identity/identity-notices.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { PairDialog } from './pair-dialog.tsx';
import { serverColumns } from './server-columns.tsx';

const rowHeightPx = 60;

/** Other servers: those that were found and those that are paired with this one. */
export function ServersTab() {
  const servers = useNode((node) => node.servers);
  const relationships = useNode((node) => node.relationships);
  const [inviting, setInviting] = useState(false);
  const [pairing, setPairing] = useState<ServerRow | 'byAddress' | null>(null);
  const [forgetting, setForgetting] = useState<ServerRow | null>(null);
  const columns = useMemo(
    () => serverColumns({ relationships, onPair: setPairing, onForget: setForgetting }),
    [relationships],
  );
  const inviteButton = (
    <DialogButton appearance="primary" icon={<LinkAddRegular />} onClick={() => setInviting(true)}>
      Invite a server …
    </DialogButton>
  );
  const pairButton = (
    <DialogButton onClick={() => setPairing('byAddress')}>Pair with a server …</DialogButton>
  );
  return (
    <Page
      title="Servers"
      actions={
        servers.length > 0 && (
          <>
            {inviteButton}
            {pairButton}
          </>
        )
      }
    >
      <IdentityNotices />
      <OpenInvitation />
      <ConsentRequests />
      {servers.length === 0 ? (
        <EmptyState
          icon={<ServerMultipleRegular />}
          title="No other server yet"
          text={
            'Install Understudy on a second host. Servers on the same network find each other; ' +
            'elsewhere, pair by address. One of the two invites and shows a code, the other pairs ' +
            'with that code. Then one can protect the other.'
          }
        >
          {inviteButton}
          {pairButton}
        </EmptyState>
      ) : (
        <>
          <VirtualGrid<ServerRow>
            label="Servers"
            wrap
            columns={columns}
            rowCount={servers.length}
            rowHeightPx={rowHeightPx}
            rowAt={(index) => servers[index]}
          />
          <Found servers={servers} />
          <AllowedServers servers={servers} />
        </>
      )}
      <InviteDialog open={inviting} onClose={() => setInviting(false)} />
      <PairDialog target={pairing} onClose={() => setPairing(null)} />
      <ForgetDialog server={forgetting} onClose={() => setForgetting(null)} />
    </Page>
  );
}

function Found({ servers }: { servers: readonly ServerRow[] }) {
  const mdns = useNode((node) => node.settings.mdns);
  const paired = servers.filter((server) => server.paired).length;
  const found = servers.filter(({ pairing }) => pairing === 'none').length;
  const search = mdns
    ? 'Servers on this network are found automatically'
    : 'Servers on this network are not searched for (Settings, Finding servers)';
  return (
    <Text size={200}>
      {formatCount(paired, 'server')} paired, {formatCount(found, 'more', 'more')} found. {search}.
    </Text>
  );
}

/** An invitation is open: its code is shown only to the one who made it. */
function OpenInvitation() {
  const invitation = useNode((node) => node.invitation);
  if (!invitation) return null;
  return (
    <>
      <MessageBar intent="info" layout="multiline">
        <MessageBarBody>
          An invitation is open until <Moment atMs={Date.parse(invitation.expiresAt)} />. Its code
          is shown only once; inviting again makes a new one.
        </MessageBarBody>
      </MessageBar>
      <WrongTries />
    </>
  );
}
