import { makeStyles, Tooltip } from '@fluentui/react-components';
import { useMemo, useState, type ReactElement } from 'react';
import {
  failbackOf,
  nameServer,
  switchoverOf,
  type Move,
} from '../../src-shared/model/protection.ts';
import { DialogButton } from '../components/dialog-button.tsx';
import { ArrowReplyRegular, ArrowSwapRegular, BeakerRegular, EyeRegular } from '../icons.ts';
import { useNode } from '../snapshot-store.ts';
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
  const close = () => setOpen(null);
  const to = switchover?.to ? nameServer(node, switchover.to) : null;
  return (
    <div className={styles.root}>
      <Choice
        available={switchover !== null}
        why="Licences are served by another server than their own: fail back first."
      >
        <DialogButton
          icon={<ArrowSwapRegular />}
          disabledFocusable={switchover === null}
          onClick={() => switchover && setOpen({ kind: 'move', move: switchover })}
        >
          {to === null ? 'Switch over …' : `Switch over to ${to} …`}
        </DialogButton>
      </Choice>
      <Choice
        available={failback !== null}
        why="Every licence is served by its own server: there is nothing to give back."
      >
        <DialogButton
          appearance={failback ? 'primary' : 'secondary'}
          icon={<ArrowReplyRegular />}
          disabledFocusable={failback === null}
          onClick={() => failback && setOpen({ kind: 'move', move: failback })}
        >
          Fail back …
        </DialogButton>
      </Choice>
      <DialogButton icon={<BeakerRegular />} onClick={() => setOpen({ kind: 'drill' })}>
        Drill …
      </DialogButton>
      <DialogButton icon={<EyeRegular />} onClick={() => setOpen({ kind: 'preview' })}>
        Preview …
      </DialogButton>
      <MoveDialog move={open?.kind === 'move' ? open.move : null} onClose={close} />
      <DrillDialog open={open?.kind === 'drill'} onClose={close} />
      <PreviewDialog open={open?.kind === 'preview'} onClose={close} />
    </div>
  );
}

interface ChoiceProps {
  available: boolean;
  /** Why it is not available. */
  why: string;
  children: ReactElement;
}

function Choice({ available, why, children }: ChoiceProps) {
  if (available) return children;
  return (
    <Tooltip content={why} relationship="description">
      {children}
    </Tooltip>
  );
}
