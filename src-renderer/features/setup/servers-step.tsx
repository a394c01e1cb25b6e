import { Checkbox, Field, makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import type { Candidate, WizardState } from './wizard-state.ts';

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

/** Which server is protected, and by which. */
export function ServersStep({ state, candidates, onChange }: ServersStepProps) {
  const styles = useStyles();
  const nameOf = (id: string) => candidates.find((candidate) => candidate.id === id)?.name ?? '';
  const swap = (part: Partial<Pick<WizardState, 'main' | 'backup'>>) => {
    const { main, backup } = state;
    if (part.main === backup) onChange({ main: backup, backup: main });
    else if (part.backup === main) onChange({ main: backup, backup: main });
    else onChange(part);
  };
  return (
    <>
      <Field label="Main: its licences are protected" className={styles.field}>
        <ServerSelect
          value={state.main}
          candidates={candidates}
          onChange={(main) => swap({ main })}
        />
      </Field>
      <Field label="Backup: it takes over when the main fails" className={styles.field}>
        <ServerSelect
          value={state.backup}
          candidates={candidates}
          onChange={(backup) => swap({ backup })}
        />
      </Field>
      <Checkbox
        className={styles.checkbox}
        checked={state.mutual}
        label={
          state.backup === ''
            ? 'Also the other way round'
            : `Also the other way round: ${nameOf(state.main)} takes over for ${nameOf(state.backup)}`
        }
        onChange={(_event, { checked }) => onChange({ mutual: checked === true })}
      />
      <Text size={200} className={styles.note}>
        Only servers that are paired with this one can be chosen.
      </Text>
    </>
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
