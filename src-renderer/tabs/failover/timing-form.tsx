import { Button } from '@fluentui/react-components';
import { useState } from 'react';
import {
  relationshipSettingsDefault,
  type RelationshipSettings,
} from '../../../src-shared/model/relationship.ts';
import { DraftForm } from '../../components/forms/draft-form.tsx';
import { useAction } from '../../base/hooks.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import {
  describeRange,
  formatTiming,
  parseTiming,
  timingFields,
  type TimingDrafts,
  type TimingSetting,
} from './timing-fields.ts';

interface TimingFormProps {
  settings: RelationshipSettings;
  names: readonly TimingSetting[];
}

/** Times of the relationship; what is applied holds on every member at once. */
export function TimingForm({ settings, names }: TimingFormProps) {
  const action = useAction('relationship.set');
  const of = useOfRelationship();
  const [drafts, setDrafts] = useState<TimingDrafts>({});
  const [applied, setApplied] = useState(false);
  const { change, problems } = parseTiming(drafts, settings);
  const defaults = Object.fromEntries(
    names.map((name) => [name, formatTiming(name, relationshipSettingsDefault[name])]),
  );
  const isDefault = names.every((name) => settings[name] === relationshipSettingsDefault[name]);
  const apply = async () => {
    if (!(await action.run({ settings: change, ...of }))) return;
    setDrafts({});
    setApplied(true);
  };
  const draft = (next: TimingDrafts) => {
    setApplied(false);
    setDrafts({ ...drafts, ...next });
  };
  return (
    <DraftForm
      title="Timing"
      fields={names.map((name) => ({
        name,
        label: timingFields[name].label,
        unit: timingFields[name].unit,
        kind: 'number',
        hint: `${timingFields[name].hint} ${describeRange(name)}`,
        text: drafts[name] ?? formatTiming(name, settings[name]),
        problem: problems[name] ?? null,
      }))}
      changed={Object.keys(change).length > 0}
      busy={action.busy}
      refusal={action.refusal}
      applied={applied}
      onText={(name, text) => draft({ [name]: text })}
      onApply={() => void apply()}
      onDiscard={() => {
        setDrafts({});
        action.dismiss();
      }}
      onDismiss={action.dismiss}
    >
      {!isDefault && <Button onClick={() => draft(defaults)}>Fill in the defaults</Button>}
    </DraftForm>
  );
}
