import {
  Badge,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Text,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { Card } from '../../components/layout/card.tsx';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { DismissAction } from '../../components/forms/dismiss-action.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { describeLink } from '../../features/pair/describe-link.ts';
import { LinkStateIcon } from '../../features/pair/link-state-icon.tsx';
import {
  capitalise,
  describeConnected,
  describePolicy,
  describeProtection,
  kindWords,
  roleWords,
  wordsOfState,
} from '../../../src-shared/view/relationship-words.ts';
import { PairPicture } from '../../features/pair/pair-picture.tsx';
import { RelationshipActions } from '../../features/relationship/relationship-actions.tsx';
import { RelationshipStep } from '../../features/relationship/relationship-step.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { DissolveDialog } from './dissolve-dialog.tsx';
import { MembersDialog } from './members-dialog.tsx';
import { PolicyDialog } from './policy-dialog.tsx';

const useStyles = makeStyles({
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  member: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px' },
});

interface RelationshipViewProps {
  justCreated: boolean;
  /** The admin has read that the relationship was created: that need not be said again. */
  onSeen: () => void;
}

/** The relationship as it is, and what can be changed about it. */
export function RelationshipView({ justCreated, onSeen }: RelationshipViewProps) {
  const relationship = useNode((node) => node.relationship);
  if (!relationship) return null;
  const established = relationship.state === 'established';
  return (
    <>
      {justCreated && established && (
        <MessageBar intent="success" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>The {relationship.kind} is set up.</MessageBarTitle> Try it while
            nothing is at stake: a drill switches over and back, and reports.
          </MessageBarBody>
          <DismissAction onDismiss={onSeen} />
        </MessageBar>
      )}
      <Card title="Relationship">
        <RelationshipStep />
        <PairPicture />
        {established && <RelationshipActions />}
      </Card>
      <Details relationship={relationship} />
    </>
  );
}

function Details({ relationship }: { relationship: RelationshipStatus }) {
  const styles = useStyles();
  const [open, setOpen] = useState<'policy' | 'members' | 'dissolve' | null>(null);
  const { kind, members, state } = relationship;
  const close = () => setOpen(null);
  return (
    <Card title="How they protect each other">
      <Facts
        facts={[
          { term: 'Kind', value: describeKind(relationship) },
          { term: 'Protects', value: describeProtection(relationship) },
          {
            term: 'Policy',
            value: describePolicy(relationship).long,
          },
          {
            term: 'State',
            value: capitalise(wordsOfState(relationship).short),
          },
          {
            term: 'Members',
            value: members.map((member) => <Member key={member.id} member={member} />),
          },
        ]}
      />
      <div className={styles.buttons}>
        {kind === 'backup' && (
          <DialogButton
            disabledFocusable={state !== 'established'}
            onClick={() => setOpen('policy')}
          >
            Change policy …
          </DialogButton>
        )}
        <DialogButton disabledFocusable={state === 'dissolving'} onClick={() => setOpen('members')}>
          Change servers …
        </DialogButton>
        <DialogButton onClick={() => setOpen('dissolve')}>Dissolve …</DialogButton>
      </div>
      <PolicyDialog open={open === 'policy'} relationship={relationship} onClose={close} />
      <MembersDialog open={open === 'members'} relationship={relationship} onClose={close} />
      <DissolveDialog open={open === 'dissolve'} relationship={relationship} onClose={close} />
    </Card>
  );
}

function describeKind({ kind, name, mutual }: RelationshipStatus): string {
  if (name !== undefined) return `${kindWords[kind]} ${name}`;
  return mutual ? `${kindWords[kind]}, both ways` : kindWords[kind];
}

function Member({ member }: { member: RelationshipStatus['members'][number] }) {
  const styles = useStyles();
  const here = useNode((node) => node.server.id === member.id);
  const { name, role, address, connected, synchronised, version } = member;
  return (
    <div className={styles.member}>
      {!here && role !== 'witness' && (
        <LinkStateIcon connected={connected} synchronised={synchronised} size={20} />
      )}
      <Text weight="semibold">{name}</Text>
      <Badge appearance="tint" color="informative">
        {roleWords[role].label}
      </Badge>
      <Text size={200}>
        {[
          here
            ? 'this server'
            : role === 'witness'
              ? capitalise(describeConnected(connected))
              : describeLink(connected, synchronised),
          address,
          version ?? '',
        ]
          .filter((text) => text !== '')
          .join(', ')}
      </Text>
    </div>
  );
}
