import { makeStyles, Tooltip } from '@fluentui/react-components';
import { useMemo, useState, type ReactElement } from 'react';
import { describeReadiness } from '../../../src-shared/view/describe-readiness.ts';
import {
  describeGiveBackFirst,
  describeUnready,
  failbackOf,
  labelMove,
  moveWords,
  switchoverOf,
  type Move,
} from '../../../src-shared/view/moves.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import {
  ArrowReplyRegular,
  ArrowSwapRegular,
  BeakerRegular,
  EyeRegular,
} from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { DrillDialog } from './drill-dialog.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { PreviewDialog } from './preview-dialog.tsx';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

type Open = { kind: 'move'; move: Move } | { kind: 'drill' } | { kind: 'preview' } | null;

/** What an admin can do with a relationship: each says first what it will do. */
export function RelationshipActions() {
  const styles = useStyles();
  const node = useNode((known) => known);
  const [open, setOpen] = useState<Open>(null);
  const { failback, switchover } = useMemo(
    () => ({
      failback: failbackOf(node),
      switchover: failbackOf(node) ? null : switchoverOf(node),
    }),
    [node],
  );
  const { ready } = node.readiness;
  const undrillable = ready ? null : `${describeReadiness(node).title}.`;
  const giveBackFirst = describeGiveBackFirst(node);
  const close = () => setOpen(null);
  return (
    <div className={styles.root}>
      <MoveButton
        move={switchover}
        label={labelMove('switchover', node, switchover)}
        icon={<ArrowSwapRegular />}
        none={giveBackFirst ?? moveWords.switchover.none}
        onAsk={(move) => setOpen({ kind: 'move', move })}
      />
      <MoveButton
        move={failback}
        primary
        label={labelMove('failback', node, failback)}
        icon={<ArrowReplyRegular />}
        none={moveWords.failback.none}
        onAsk={(move) => setOpen({ kind: 'move', move })}
      />
      <DrillButton
        obstacle={giveBackFirst ?? undrillable}
        onAsk={() => setOpen({ kind: 'drill' })}
      />
      <DialogButton icon={<EyeRegular />} onClick={() => setOpen({ kind: 'preview' })}>
        Preview …
      </DialogButton>
      <MoveDialog move={open?.kind === 'move' ? open.move : null} onClose={close} />
      <DrillDialog open={open?.kind === 'drill'} onClose={close} />
      <PreviewDialog open={open?.kind === 'preview'} onClose={close} />
    </div>
  );
}

interface DrillButtonProps {
  /** Why there can be none now; null: there can. */
  obstacle: string | null;
  onAsk: () => void;
}

function DrillButton({ obstacle, onAsk }: DrillButtonProps) {
  const button = (
    <DialogButton
      icon={<BeakerRegular />}
      disabledFocusable={obstacle !== null}
      onClick={() => obstacle === null && onAsk()}
    >
      Drill …
    </DialogButton>
  );
  if (obstacle === null) return button;
  return (
    <Tooltip content={obstacle} relationship="description">
      {button}
    </Tooltip>
  );
}

interface MoveButtonProps {
  move: Move | null;
  label: string;
  icon: ReactElement;
  /** The button stands out when the move can be made. */
  primary?: boolean;
  /** Why there is no such move now. */
  none: string;
  onAsk: (move: Move) => void;
}

function MoveButton({ move, label, icon, primary, none, onAsk }: MoveButtonProps) {
  const node = useNode((known) => known);
  const ready = move?.ready ?? false;
  const button = (
    <DialogButton
      appearance={primary && ready ? 'primary' : 'secondary'}
      icon={icon}
      disabledFocusable={!ready}
      onClick={() => move && ready && onAsk(move)}
    >
      {label}
    </DialogButton>
  );
  if (ready) return button;
  return (
    <Tooltip content={move ? describeUnready(node, move) : none} relationship="description">
      {button}
    </Tooltip>
  );
}
