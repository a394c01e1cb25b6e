import { Checkbox, Field, makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import { PoolServers } from './pool-servers.tsx';
import { type Candidate, type PlacedKind, withMember, type WizardState } from './wizard-state.ts';

const useStyles = makeStyles({
  field: { maxWidth: '420px' },
  checkbox: { marginLeft: '-8px' },
  note: { color: tokens.colorNeutralForeground2 },
});

interface ServersStepProps {
  state: WizardState;
  candidates: readonly Candidate[];
  onChange: (part: Partial<WizardState>) => void;
}

const labels: Record<PlacedKind, readonly string[]> = {
  backup: ['Main: its licences are protected', 'Backup: it takes over when the main fails'],
  triad: [
    'Primary: its licences are protected',
    'Secondary: it takes over when the primary fails',
    'Tertiary: it takes over when neither of the two can',
  ],
};

/** Which servers are protected, and by which, in preference order. */
export function ServersStep({ state, candidates, onChange }: ServersStepProps) {
  const styles = useStyles();
  return (
    <>
      {state.kind === 'pool' ? (
        <PoolServers state={state} candidates={candidates} onChange={onChange} />
      ) : (
        labels[state.kind].map((label, rank) => (
          <Field key={label} label={label} className={styles.field}>
            <ServerSelect
              value={state.members[rank] ?? ''}
              candidates={candidates}
              onChange={(id) => onChange({ members: withMember(state, rank, id) })}
            />
          </Field>
        ))
      )}
      {state.kind === 'backup' && (
        <MutualChoice state={state} candidates={candidates} onChange={onChange} />
      )}
      <Text size={200} className={styles.note}>
        Only servers that are paired with this one can be chosen.
      </Text>
    </>
  );
}

function MutualChoice({ state, candidates, onChange }: ServersStepProps) {
  const styles = useStyles();
  const nameOf = (id: string) => candidates.find((candidate) => candidate.id === id)?.name ?? '';
  const [main = '', backup = ''] = state.members;
  return (
    <Checkbox
      className={styles.checkbox}
      checked={state.mutual}
      label={
        backup === ''
          ? 'Also the other way round'
          : `Also the other way round: ${nameOf(main)} takes over for ${nameOf(backup)}`
      }
      onChange={(_event, { checked }) => onChange({ mutual: checked === true })}
    />
  );
}

interface ServerSelectProps {
  value: string;
  candidates: readonly Candidate[];
  onChange: (id: string) => void;
}

/** A server by its name. */
export function ServerSelect({ value, candidates, onChange }: ServerSelectProps) {
  const known = candidates.some(({ id }) => id === value);
  return (
    <Select value={value} onChange={(_event, data) => onChange(data.value)}>
      {!known && <option value="">Choose a server</option>}
      {candidates.map(({ id, name, here, connected }) => (
        <option key={id} value={id}>
          {name}
          {here ? ' (this server)' : connected ? '' : ' (not connected)'}
        </option>
      ))}
    </Select>
  );
}
