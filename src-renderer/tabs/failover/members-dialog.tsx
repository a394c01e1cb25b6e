import { Field, makeStyles, Radio, RadioGroup, Select, Text } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { useAction } from '../../base/hooks.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { ServerLadder } from '../../features/setup/server-ladder.tsx';
import { listCandidates } from '../../features/setup/wizard-state.ts';
import {
  changeOf,
  changesOf,
  type MemberDraft,
  isComplete,
  startDraft,
  wordsOfChange,
} from './member-draft.ts';

const useStyles = makeStyles({
  field: { maxWidth: '420px' },
});

interface MembersDialogProps {
  open: boolean;
  relationship: RelationshipStatus;
  onClose: () => void;
}

/** Adds, takes out, replaces or orders the servers of a relationship. */
export function MembersDialog({ open, relationship, onClose }: MembersDialogProps) {
  if (!open) return null;
  return <OpenMembersDialog relationship={relationship} onClose={onClose} />;
}

function OpenMembersDialog({ relationship, onClose }: Omit<MembersDialogProps, 'open'>) {
  const node = useNode((known) => known);
  const action = useAction('relationship.members');
  const of = useOfRelationship();
  const [draft, setDraft] = useState<MemberDraft>(() => startDraft(relationship));
  const change = (part: Partial<MemberDraft>) => setDraft({ ...draft, ...part });
  const members = relationship.members.filter(({ role }) => role !== 'witness');
  const newcomers = useMemo(
    () => listCandidates(node).filter(({ id }) => !members.some((member) => member.id === id)),
    [node, members],
  );
  const confirm = async () => {
    if (await action.run({ ...changeOf(draft), ...of })) onClose();
  };
  const names = new Map(members.map(({ id, name }) => [id, name]));
  return (
    <ConfirmDialog
      open
      wide
      fields
      title="Change the servers"
      confirm="Apply"
      busy={action.busy}
      progress="The servers are told, and get what they lack …"
      blocked={!isComplete(draft, relationship)}
      refusal={{ title: 'Not changed.', refusal: action.refusal }}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <RadioGroup
        value={draft.change}
        aria-label="What is to change"
        onChange={(_event, { value }) => {
          const chosen = changesOf(relationship).find((one) => one === value);
          if (chosen) change({ change: chosen });
        }}
      >
        {changesOf(relationship).map((one) => (
          <Radio key={one} value={one} label={wordsOfChange[one]} />
        ))}
      </RadioGroup>
      {(draft.change === 'replace' || draft.change === 'remove') && (
        <ServerChoice
          label={draft.change === 'replace' ? 'Server to be replaced' : 'Server to be taken out'}
          value={draft.server}
          servers={members}
          onChange={(server) => change({ server })}
        />
      )}
      {(draft.change === 'replace' || draft.change === 'add') && (
        <ServerChoice
          label="New server"
          value={draft.by}
          servers={newcomers}
          onChange={(by) => change({ by })}
        />
      )}
      {draft.change === 'order' && (
        <ServerLadder
          order={draft.order}
          nameOf={(id) => names.get(id) ?? id}
          onChange={(order) => change({ order })}
        />
      )}
      <Text size={200}>
        Licences are served meanwhile, and every seat is kept. A new server has to be paired with
        the others, and gets everything before it counts; one that is replaced or taken out need not
        be running.
      </Text>
    </ConfirmDialog>
  );
}

interface ServerChoiceProps {
  label: string;
  value: string;
  servers: readonly { id: string; name: string }[];
  onChange: (id: string) => void;
}

function ServerChoice({ label, value, servers, onChange }: ServerChoiceProps) {
  const styles = useStyles();
  return (
    <Field label={label} className={styles.field}>
      <Select value={value} onChange={(_event, data) => onChange(data.value)}>
        <option value="">Choose a server</option>
        {servers.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}
