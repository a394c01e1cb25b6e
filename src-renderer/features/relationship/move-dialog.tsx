import { Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import {
  describeMoves,
  describePlan,
  describeUnready,
  moveWords,
  type Move,
} from '../../../src-shared/view/moves.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { formatCount, localNumbers } from '../../base/format.ts';
import { useAction } from '../../base/hooks.ts';
import { useOfRelationship } from '../../base/relationship-scope.tsx';
import { useNode } from '../../base/snapshot-store.ts';

interface MoveDialogProps {
  /** What is asked for; null: the dialog is closed. */
  move: Move | null;
  onClose: () => void;
}

/** A planned change of who serves: what it will do, and then what it did. */
export function MoveDialog({ move, onClose }: MoveDialogProps) {
  const switchover = useAction('switchover');
  const failback = useAction('failback');
  const of = useOfRelationship();
  const [result, setResult] = useState<SwitchoverResult | null>(null);
  const back = move?.kind === 'failback';
  const { verb, running, done } = moveWords[move?.kind ?? 'switchover'];
  const cancel = useAction('switchover.cancel');
  const action = back ? failback : switchover;
  const close = () => {
    setResult(null);
    action.dismiss();
    onClose();
  };
  const confirm = async () => {
    if (!move) return;
    const to = move.to ?? undefined;
    const answer = await (back
      ? failback.run(of)
      : switchover.run({ ...(to === undefined ? {} : { to }), ...of }));
    if (answer) setResult(answer);
  };
  return (
    <ConfirmDialog
      open={move !== null}
      title={`${verb}?`}
      resultTitle={done}
      cancelRunning={{
        label: `Cancel the ${move?.kind ?? 'switchover'}`,
        run: () => void cancel.run({}),
      }}
      confirm={verb}
      busy={action.busy}
      progress={running}
      refusal={{ title: 'Not done.', refusal: action.refusal }}
      result={
        result && describeMoves(result, localNumbers).map((line) => <Text key={line}>{line}</Text>)
      }
      onConfirm={() => void confirm()}
      onClose={close}
    >
      {move && <MoveText move={move} />}
    </ConfirmDialog>
  );
}

function MoveText({ move }: { move: Move }) {
  const node = useNode((known) => known);
  const { what, kept, until, left } = describePlan(node, move, formatCount);
  return (
    <>
      <Text>
        {what} {kept}
      </Text>
      {until !== '' && <Text>{until}</Text>}
      {left !== '' && <Text weight="semibold">{left}</Text>}
      {!move.ready && (
        <Text weight="semibold">{describeUnready(node, move)} The move is refused until then.</Text>
      )}
    </>
  );
}
