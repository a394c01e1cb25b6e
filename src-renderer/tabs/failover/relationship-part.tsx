import { isAwaitingConsent } from '../../features/setup/describe-check.ts';
import { useJob } from '../../base/jobs.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { DissolvedBar } from './dissolved-bar.tsx';
import { RelationshipView } from './relationship-view.tsx';
import { SetupWizard } from '../../features/setup/setup-wizard.tsx';

/** The relationship, or the way to one. */
export function RelationshipPart() {
  const id = useNode((node) => node.relationship?.id ?? null);
  const { state, dismiss } = useJob('relationship.create');
  const created =
    state.kind === 'ended' && state.answer.ok ? state.answer.value.relationship.id : null;
  const isAsked = state.kind === 'ended' && isAwaitingConsent(state.answer);
  // A wizard that is at work stays until it has said what came of it. What waits for the admin of another
  // server goes on without it.
  const wizard = id === null || (state.kind !== 'none' && created === null && !isAsked);
  if (wizard) {
    return (
      <>
        <DissolvedBar />
        <SetupWizard />
      </>
    );
  }
  return <RelationshipView justCreated={created === id} onSeen={dismiss} />;
}
