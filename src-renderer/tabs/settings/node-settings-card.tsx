import { Button, Field, Input, makeStyles, Text } from '@fluentui/react-components';
import { useState, type FormEvent } from 'react';
import { Card } from '../../components/card.tsx';
import { RefusalBar } from '../../components/refusal-bar.tsx';
import { useAction } from '../../hooks.ts';
import { useNode } from '../../snapshot-store.ts';
import {
  parseDrafts,
  settingFields,
  type SettingDrafts,
  type TypedSetting,
} from './setting-fields.ts';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  field: { maxWidth: '420px' },
  buttons: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

interface NodeSettingsCardProps {
  title: string;
  settings: readonly TypedSetting[];
}

/** Settings of the server that are typed in and take effect at once when they are applied. */
export function NodeSettingsCard({ title, settings: names }: NodeSettingsCardProps) {
  const styles = useStyles();
  const settings = useNode((node) => node.settings);
  const action = useAction('settings.set');
  const [drafts, setDrafts] = useState<SettingDrafts>({});
  const [applied, setApplied] = useState(false);
  const { change, problems } = parseDrafts(drafts, settings);
  const changed = Object.keys(change).length > 0;
  const wrong = Object.keys(problems).length > 0;

  const discard = () => {
    setDrafts({});
    action.dismiss();
  };
  const apply = async (event: FormEvent) => {
    event.preventDefault();
    if (!changed || wrong || action.busy) return;
    if (!(await action.run(change))) return;
    setDrafts({});
    setApplied(true);
  };
  return (
    <Card title={title}>
      <form className={styles.form} noValidate onSubmit={(event) => void apply(event)}>
        {names.map((name) => (
          <SettingInput
            key={name}
            name={name}
            text={drafts[name] ?? String(settings[name])}
            problem={problems[name] ?? null}
            onText={(text) => {
              setApplied(false);
              setDrafts({ ...drafts, [name]: text });
            }}
          />
        ))}
        <RefusalBar title="Not changed." refusal={action.refusal} onDismiss={action.dismiss} />
        <div className={styles.buttons}>
          <Button
            type="submit"
            appearance={changed && !wrong ? 'primary' : 'secondary'}
            disabledFocusable={!changed || wrong || action.busy}
          >
            {action.busy ? 'Applying …' : 'Apply'}
          </Button>
          {(changed || wrong) && <Button onClick={discard}>Discard</Button>}
          <Text role="status">{applied && !changed && !wrong && 'In force.'}</Text>
        </div>
      </form>
    </Card>
  );
}

interface SettingInputProps {
  name: TypedSetting;
  text: string;
  problem: string | null;
  onText: (text: string) => void;
}

function SettingInput({ name, text, problem, onText }: SettingInputProps) {
  const styles = useStyles();
  const { label, hint, kind } = settingFields[name];
  const fixed = useNode((node) => node.overriddenSettings.includes(name));
  return (
    <Field
      className={styles.field}
      label={label}
      hint={fixed ? `${hint} Fixed by the command line for as long as this process runs.` : hint}
      validationMessage={problem}
      validationState={problem === null ? 'none' : 'error'}
    >
      <Input
        value={text}
        disabled={fixed}
        inputMode={kind === 'number' ? 'numeric' : 'text'}
        spellCheck={false}
        onChange={(_event, data) => onText(data.value)}
      />
    </Field>
  );
}
