import { Text } from '@fluentui/react-components';
import type { DrillReport } from '../../../src-shared/model/relationship.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { useAction } from '../../base/hooks.ts';
import { useJob } from '../../base/jobs.ts';
import { formatCount } from '../../base/format.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { describeDrillPlan } from '../../../src-shared/view/moves.ts';
import { DrillResult } from './drill-result.tsx';

interface DrillDialogProps {
  /** The dialog is asked for; a drill that has ended shows what came of it in any case. */
  open: boolean;
  onClose: () => void;
}

/** Over to the standby and back, as a test: what it will do, and then its report. */
export function DrillDialog({ open, onClose }: DrillDialogProps) {
  const { state, start, dismiss } = useJob('drill');
  const of = useOfRelationship();
  const cancel = useAction('drill.cancel');
  // One of another relationship is told of there.
  const isThis = state.kind !== 'none' && state.params.relationship === of.relationship;
  const answer = state.kind === 'ended' && isThis ? state.answer : null;
  const report = answer?.ok ? answer.value.report : null;
  const close = () => {
    dismiss();
    onClose();
  };
  return (
    <ConfirmDialog
      wide
      hideable
      open={open || answer !== null}
      title="Drill a failover?"
      resultTitle={report ? `Drill ${describeVerdict(report)}` : undefined}
      confirm="Start the drill"
      busy={state.kind === 'running'}
      progress="Switching over and back, then waiting until a failover would work again …"
      cancelRunning={{ label: 'Cancel the drill', run: () => void cancel.run({}) }}
      refusal={{ title: 'No drill was done.', refusal: answer && !answer.ok ? answer : null }}
      result={report && <DrillResult report={report} />}
      onConfirm={() => void start(of)}
      onClose={close}
    >
      <Plan />
      <Text>
        The report says how long each way took and whether every lease was there. A drill that is
        cancelled gives back first what was given over.
      </Text>
    </ConfirmDialog>
  );
}

function describeVerdict({ passed, cancelled }: DrillReport): string {
  return cancelled ? 'cancelled' : passed ? 'passed' : 'failed';
}

/** What the drill would do, as things are now. */
function Plan() {
  const what = useNode((node) => describeDrillPlan(node, formatCount).what);
  const left = useNode((node) => describeDrillPlan(node, formatCount).left);
  return (
    <>
      <Text>
        {what} The drill is real: applications are served by the standby meanwhile, and keep their
        seats.
      </Text>
      {left !== '' && <Text weight="semibold">{left}</Text>}
    </>
  );
}
