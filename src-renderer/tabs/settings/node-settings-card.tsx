import { useState, type ReactNode } from 'react';
import { Card } from '../../components/layout/card.tsx';
import { DraftForm } from '../../components/forms/draft-form.tsx';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import {
  formatSetting,
  parseDrafts,
  settingFields,
  type SettingDrafts,
  type TypedSetting,
  fixedByCommandLine,
} from './setting-fields.ts';

interface NodeSettingsCardProps {
  title: string;
  settings: readonly TypedSetting[];
  /** What stands above the fields. */
  children?: ReactNode;
}

/** Settings of the server that are typed in and take effect at once when they are applied. */
export function NodeSettingsCard({ title, settings: names, children }: NodeSettingsCardProps) {
  const settings = useNode((node) => node.settings);
  const overridden = useNode((node) => node.overriddenSettings);
  const action = useAction('settings.set');
  const [drafts, setDrafts] = useState<SettingDrafts>({});
  const [applied, setApplied] = useState(false);
  const { change, problems } = parseDrafts(drafts, settings);
  const apply = async () => {
    if (!(await action.run(change))) return;
    setDrafts({});
    setApplied(true);
  };
  const fields = names.map((name) => {
    const { label, hint, kind } = settingFields[name];
    const fixed = overridden.includes(name);
    return {
      name,
      label,
      kind,
      disabled: fixed,
      hint: fixed ? `${hint} ${fixedByCommandLine}` : hint,
      text: drafts[name] ?? formatSetting(settings[name]),
      problem: problems[name] ?? null,
    };
  });
  return (
    <Card title={title}>
      {children}
      <DraftForm
        title={title}
        fields={fields}
        changed={Object.keys(change).length > 0}
        busy={action.busy}
        refusal={action.refusal}
        applied={applied}
        onText={(name, text) => {
          setApplied(false);
          setDrafts({ ...drafts, [name]: text });
        }}
        onApply={() => void apply()}
        onDiscard={() => {
          setDrafts({});
          action.dismiss();
        }}
        onDismiss={action.dismiss}
      />
    </Card>
  );
}
