import { useJob } from '../../base/jobs.ts';
import { useRelationshipScope } from '../../base/relationship-scope.tsx';
import { DissolvedBar } from './dissolved-bar.tsx';
import { RelationshipView } from './relationship-view.tsx';
import { SetupWizard } from '../../features/setup/setup-wizard.tsx';
import { useCreated } from './relationship-in-view.ts';

/** The relationship, or the way to one. */
export function RelationshipPart() {
  const id = useRelationshipScope();
  const created = useCreated();
  const { dismiss } = useJob('relationship.create');
  return (
    <>
      <DissolvedBar />
      {id === null ? (
        <SetupWizard />
      ) : (
        <RelationshipView justCreated={created === id} onSeen={dismiss} />
      )}
    </>
  );
}
