import { Button, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import { Card } from '../../components/layout/card.tsx';
import { useJob } from '../../base/jobs.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { CheckStep } from './check-step.tsx';
import { KindStep } from './kind-step.tsx';
import { PolicyStep } from './policy-step.tsx';
import { ServersStep } from './servers-step.tsx';
import {
  fillPlaces,
  findObstacle,
  listCandidates,
  resumeWizard,
  startWizard,
  stepAfter,
  stepBefore,
  stepLabels,
  stepsOf,
  type WizardState,
} from './wizard-state.ts';

const useStyles = makeStyles({
  steps: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 20px',
    color: tokens.colorNeutralForeground3,
  },
  step: { display: 'flex', gap: '6px', padding: '2px 0', borderBottom: '2px solid transparent' },
  current: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    borderBottomColor: tokens.colorCompoundBrandStroke,
  },
  content: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '720px' },
  buttons: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

/** From no relationship to one, step by step; nothing is changed before the last one. */
export function SetupWizard() {
  const styles = useStyles();
  const node = useNode((known) => known);
  const candidates = useMemo(() => listCandidates(node), [node]);
  const job = useJob('relationship.create').state;
  const [state, setState] = useState<WizardState>(() =>
    job.kind === 'none' ? startWizard(candidates) : resumeWizard(job.params, candidates),
  );
  const chosen = fillPlaces(state, candidates);
  const change = (part: Partial<WizardState>) => setState({ ...chosen, ...part });
  const obstacle = findObstacle(chosen, candidates);
  const { step } = chosen;
  return (
    <Card title={`Set up a ${chosen.kind}`}>
      <Steps state={chosen} />
      <div className={styles.content}>
        {step === 'kind' && <KindStep state={chosen} candidates={candidates} onChange={change} />}
        {step === 'servers' && (
          <ServersStep state={chosen} candidates={candidates} onChange={change} />
        )}
        {step === 'policy' && (
          <PolicyStep state={chosen} candidates={candidates} onChange={change} />
        )}
        {step === 'check' && (
          <CheckStep state={chosen} onBack={() => change({ step: stepBefore(chosen) })} />
        )}
        {step !== 'check' && (
          <div className={styles.buttons}>
            {step !== 'kind' && (
              <Button onClick={() => change({ step: stepBefore(chosen) })}>Back</Button>
            )}
            <Button
              appearance="primary"
              disabledFocusable={obstacle !== null}
              onClick={() => change({ step: stepAfter(chosen) })}
            >
              Next
            </Button>
            {obstacle !== null && <Text role="status">{obstacle}</Text>}
          </div>
        )}
      </div>
    </Card>
  );
}

function Steps({ state }: { state: WizardState }) {
  const styles = useStyles();
  return (
    <ol className={styles.steps} aria-label="Steps">
      {stepsOf(state).map((step, index) => (
        <li
          key={step}
          aria-current={step === state.step ? 'step' : undefined}
          className={mergeClasses(styles.step, step === state.step && styles.current)}
        >
          <span>{index + 1}</span>
          {stepLabels[step]}
        </li>
      ))}
    </ol>
  );
}
