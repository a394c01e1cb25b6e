import {
  Button,
  Field,
  Input,
  makeStyles,
  Radio,
  RadioGroup,
  Text,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { RelationshipSettings } from '../../../src-shared/model/relationship.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction } from '../../base/hooks.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import { useUnsaved } from '../../base/unsaved.ts';
import { draftOf, reclaimOf, type ReclaimKind } from './reclaim.ts';

const useStyles = makeStyles({
  times: { display: 'flex', flexWrap: 'wrap', gap: '8px 16px' },
  buttons: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

const choices: Record<ReclaimKind, string> = {
  automatic: 'The main server takes its licences back automatically, once it is synchronised',
  manual: 'The backup goes on serving until an admin fails back',
  window: 'The main server takes its licences back automatically, at these hours only',
};
const kinds = Object.keys(choices) as ReclaimKind[];

/** When licences are given back to the server that they belong to. */
export function ReclaimForm({ reclaim }: { reclaim: RelationshipSettings['reclaim'] }) {
  const styles = useStyles();
  const action = useAction('relationship.set');
  const of = useOfRelationship();
  const [draft, setDraft] = useState(() => draftOf(reclaim));
  const wanted = reclaimOf(draft);
  const changed = wanted !== undefined && wanted !== reclaim;
  const problem = wanted === undefined ? 'Type two different times.' : null;
  useUnsaved('Fail back', wanted !== reclaim);
  return (
    <>
      <RadioGroup
        aria-label="When the main server is back"
        value={draft.kind}
        onChange={(_event, { value }) =>
          setDraft({ ...draft, kind: kinds.find((kind) => kind === value) ?? 'automatic' })
        }
      >
        {kinds.map((kind) => (
          <Radio key={kind} value={kind} label={choices[kind]} />
        ))}
      </RadioGroup>
      {draft.kind === 'window' && (
        <>
          <div className={styles.times}>
            <Field label="From">
              <Input
                type="time"
                value={draft.from}
                onChange={(_event, { value }) => setDraft({ ...draft, from: value })}
              />
            </Field>
            <Field label="To">
              <Input
                type="time"
                value={draft.to}
                onChange={(_event, { value }) => setDraft({ ...draft, to: value })}
              />
            </Field>
          </div>
          <Text size={200}>
            {problem ?? 'Local time of the server that serves then; the hours may pass midnight.'}
          </Text>
        </>
      )}
      <RefusalBar title="Not changed." refusal={action.refusal} onDismiss={action.dismiss} />
      <div className={styles.buttons}>
        <Button
          appearance={changed ? 'primary' : 'secondary'}
          disabledFocusable={!changed || action.busy}
          onClick={() => wanted && void action.run({ settings: { reclaim: wanted }, ...of })}
        >
          {action.busy ? 'Applying …' : 'Apply'}
        </Button>
        {(changed || problem !== null) && (
          <Button onClick={() => setDraft(draftOf(reclaim))}>Discard</Button>
        )}
      </div>
    </>
  );
}
