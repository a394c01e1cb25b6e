import { PolicyChoice } from './policy-choice.tsx';
import { listWitnesses, type Candidate, type WizardState } from './wizard-state.ts';

interface PolicyStepProps {
  state: WizardState;
  candidates: readonly Candidate[];
  onChange: (part: Partial<WizardState>) => void;
}

/** What happens in a partition. */
export function PolicyStep({ state, candidates, onChange }: PolicyStepProps) {
  return (
    <PolicyChoice
      policy={state.policy}
      witness={state.witness}
      witnesses={listWitnesses(state, candidates)}
      onChange={onChange}
    />
  );
}
