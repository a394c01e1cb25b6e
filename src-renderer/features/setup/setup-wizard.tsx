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
  findObstacle,
  listCandidates,
  resumeWizard,
  startWizard,
  stepAfter,
  stepBefore,
  stepLabels,
  wizardSteps,
  type WizardState,
  type WizardStep,
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

/** From no relationship to a backup, step by step; nothing is changed before the last one. */
export function SetupWizard() {
  const styles = useStyles();
  const node = useNode((known) => known);
  const candidates = useMemo(() => listCandidates(node), [node]);
  const job = useJob('relationship.create').state;
  const [state, setState] = useState<WizardState>(() =>
    job.kind === 'none' ? startWizard(candidates) : resumeWizard(job.params),
  );
  // A server that was paired after the wizard began.
  const chosen = state.backup === '' ? { ...state, backup: startWizard(candidates).backup } : state;
  const change = (part: Partial<WizardState>) => setState({ ...chosen, ...part });
  const obstacle = findObstacle(chosen, candidates);
  const { step } = chosen;
  return (
    <Card title="Set up a backup">
      <Steps current={step} />
      <div className={styles.content}>
        {step === 'kind' && <KindStep candidates={candidates} />}
        {step === 'servers' && (
          <ServersStep state={chosen} candidates={candidates} onChange={change} />
        )}
        {step === 'policy' && (
          <PolicyStep state={chosen} candidates={candidates} onChange={change} />
        )}
        {step === 'check' && (
          <CheckStep state={chosen} onBack={() => change({ step: stepBefore(step) })} />
        )}
        {step !== 'check' && (
          <div className={styles.buttons}>
            {step !== 'kind' && (
              <Button onClick={() => change({ step: stepBefore(step) })}>Back</Button>
            )}
            <Button
              appearance="primary"
              disabledFocusable={obstacle !== null}
              onClick={() => change({ step: stepAfter(step) })}
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

function Steps({ current }: { current: WizardStep }) {
  const styles = useStyles();
  return (
    <ol className={styles.steps} aria-label="Steps">
      {wizardSteps.map((step, index) => (
        <li
          key={step}
          aria-current={step === current ? 'step' : undefined}
          className={mergeClasses(styles.step, step === current && styles.current)}
        >
          <span>{index + 1}</span>
          {stepLabels[step]}
        </li>
      ))}
    </ol>
  );
}
