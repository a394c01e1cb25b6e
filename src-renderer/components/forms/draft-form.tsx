import { Button, Field, Input, makeStyles, Text, Textarea } from '@fluentui/react-components';
import type { FormEvent, ReactNode } from 'react';
import type { IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import { useUnsaved } from '../../base/unsaved.ts';
import { RefusalBar } from './refusal-bar.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  field: { maxWidth: '420px' },
  buttons: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

export interface DraftField {
  name: string;
  label: string;
  hint: string;
  text: string;
  /** What is wrong with the text. */
  problem: string | null;
  kind: 'text' | 'number' | 'lines';
  /** Stands after the text, for example “ms”. */
  unit?: string;
  disabled?: boolean;
}

interface DraftFormProps {
  /** What the form is called where its drafts would be lost. */
  title: string;
  fields: readonly DraftField[];
  /** Something would change. */
  changed: boolean;
  busy: boolean;
  refusal: IpcRefusal | null;
  /** The last change is in force. */
  applied: boolean;
  onText: (name: string, text: string) => void;
  onApply: () => void;
  onDiscard: () => void;
  onDismiss: () => void;
  /** Further buttons. */
  children?: ReactNode;
}

/** Values that are typed in and take effect at once when they are applied. */
export function DraftForm(props: DraftFormProps) {
  const { fields, changed, busy, refusal, applied, onText, onApply, onDiscard, onDismiss } = props;
  const styles = useStyles();
  const wrong = fields.some(({ problem }) => problem !== null);
  useUnsaved(props.title, changed || wrong);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed && !wrong && !busy) onApply();
  };
  return (
    <form className={styles.form} noValidate onSubmit={submit}>
      {fields.map((field) => (
        <DraftInput key={field.name} field={field} onText={(text) => onText(field.name, text)} />
      ))}
      <RefusalBar title="Not changed." refusal={refusal} onDismiss={onDismiss} />
      <div className={styles.buttons}>
        <Button
          type="submit"
          appearance={changed && !wrong ? 'primary' : 'secondary'}
          disabledFocusable={!changed || wrong || busy}
        >
          {busy ? 'Applying …' : 'Apply'}
        </Button>
        {(changed || wrong) && <Button onClick={onDiscard}>Discard</Button>}
        {props.children}
        <Text role="status">{applied && !changed && !wrong && 'Applied.'}</Text>
      </div>
    </form>
  );
}

function DraftInput({ field, onText }: { field: DraftField; onText: (text: string) => void }) {
  const styles = useStyles();
  const { label, hint, text, problem, kind, unit, disabled = false } = field;
  return (
    <Field
      className={styles.field}
      label={label}
      hint={hint}
      validationMessage={problem}
      validationState={problem === null ? 'none' : 'error'}
    >
      {kind === 'lines' ? (
        <Textarea
          value={text}
          disabled={disabled}
          spellCheck={false}
          resize="vertical"
          onChange={(_event, data) => onText(data.value)}
        />
      ) : (
        <Input
          value={text}
          disabled={disabled}
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          spellCheck={false}
          {...(unit !== undefined && { contentAfter: unit })}
          onChange={(_event, data) => onText(data.value)}
        />
      )}
    </Field>
  );
}
