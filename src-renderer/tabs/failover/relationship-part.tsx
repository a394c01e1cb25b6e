import { useState } from 'react';
import { useNode } from '../../snapshot-store.ts';
import { RelationshipView } from './relationship-view.tsx';
import { SetupWizard } from './wizard/setup-wizard.tsx';
import type { WizardPhase } from './wizard/wizard-state.ts';

/** The relationship, or the way to one. */
export function RelationshipPart() {
  const exists = useNode((node) => node.relationship !== null);
  // A wizard that is at work stays until it has said what came of it.
  const [phase, setPhase] = useState<WizardPhase>('asking');
  if (exists && phase !== 'working') return <RelationshipView justCreated={phase === 'done'} />;
  return <SetupWizard onPhase={setPhase} />;
}
