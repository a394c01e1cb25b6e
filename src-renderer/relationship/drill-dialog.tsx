import { Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { DrillReport } from '../../src-shared/model/relationship.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { useAction } from '../hooks.ts';
import { DrillResult } from './drill-result.tsx';

/** Over to the standby and back, as a test: what it will do, and then its report. */
export function DrillDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const drill = useAction('drill');
  const [report, setReport] = useState<DrillReport | null>(null);
  const close = () => {
    if (!drill.busy) {
      setReport(null);
      drill.dismiss();
    }
    onClose();
  };
  const confirm = async () => {
    const answer = await drill.run({});
    if (answer) setReport(answer.report);
  };
  return (
    <ConfirmDialog
      wide
      hideable
      open={open}
      title={report ? `Drill ${report.passed ? 'passed' : 'failed'}` : 'Drill a failover?'}
      confirm="Start the drill"
      busy={drill.busy}
      progress="Switching over and back …"
      refusal={{ title: 'No drill was done.', refusal: drill.refusal }}
      result={report && <DrillResult report={report} />}
      onConfirm={() => void confirm()}
      onClose={close}
    >
      <Text>
        The standby takes over every licence, serves for a moment, and gives them back. It is real:
        applications are served by the standby meanwhile, and keep their seats.
      </Text>
      <Text>The report says how long each way took and whether every lease was there.</Text>
    </ConfirmDialog>
  );
}
