import { Button, makeStyles, ProgressBar, Text } from '@fluentui/react-components';
import { useEffect, useEffectEvent, useRef, useState, type ReactNode } from 'react';
import { ModalDialog, startsHere } from '../../components/forms/modal-dialog.tsx';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { formatCount, formatNumber } from '../../base/format.ts';
import { runEach, type BulkItem, type BulkProgress } from './run-each.ts';

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyleType: 'none', maxHeight: '200px', overflowY: 'auto' },
  item: { display: 'flex', gap: '8px', padding: '4px 0' },
});

interface BulkDialogProps {
  title: string;
  /** What is asked before anything is done. */
  children: ReactNode;
  /** The verb of what is done, for example “Remove licences”. */
  confirm: string;
  items: readonly BulkItem[];
  /** What is to be done is not asked about first. */
  atOnce?: boolean;
  /** What was done with one, and with several: “licence is removed”, “licences are removed”. */
  doneWords: readonly [one: string, many: string];
  /** What was done when all was; the number with `doneWords` unless told. */
  allDone?: string;
  /** `finished`: it was done, or begun and stopped. */
  onClose: (finished: boolean) => void;
}

/** Asks before something that is done with many, shows how far it is, can be stopped, says what was refused. */
export function BulkDialog(props: BulkDialogProps) {
  const { title, children, confirm, items, atOnce = false, onClose } = props;
  const [stage, setStage] = useState<'asked' | 'running' | 'ended'>(atOnce ? 'running' : 'asked');
  const [progress, setProgress] = useState<BulkProgress | null>(null);
  const stopped = useRef(false);
  const begun = useRef(false);
  const start = useEffectEvent(async () => {
    if (begun.current) return;
    begun.current = true;
    await runEach(items, { stopped: () => stopped.current, onProgress: setProgress });
    setStage('ended');
  });
  useEffect(() => {
    if (stage === 'running') void start();
  }, [stage]);
  return (
    <ModalDialog
      open
      title={stage === 'ended' && progress ? describeResult(props, progress) : title}
      step={stage}
      onClose={stage === 'running' ? null : () => onClose(stage === 'ended')}
      actions={
        <>
          {stage === 'asked' && (
            <Button key="confirm" appearance="primary" onClick={() => setStage('running')}>
              {confirm}
            </Button>
          )}
          {stage === 'running' ? (
            <Button key="stop" {...startsHere} onClick={() => (stopped.current = true)}>
              Stop
            </Button>
          ) : (
            <Button key="close" {...startsHere} onClick={() => onClose(stage === 'ended')}>
              {stage === 'asked' ? 'Cancel' : 'Close'}
            </Button>
          )}
        </>
      }
    >
      {stage === 'asked' ? (
        children
      ) : (
        <Progress progress={progress} count={items.length} ended={stage === 'ended'} />
      )}
    </ModalDialog>
  );
}

interface ProgressProps {
  progress: BulkProgress | null;
  count: number;
  ended: boolean;
}

function describeResult(
  { doneWords, allDone }: BulkDialogProps,
  { done, refused, left }: BulkProgress,
): string {
  const isAll = refused.length === 0 && left === 0;
  return (isAll ? allDone : undefined) ?? formatCount(done, ...doneWords);
}

function Progress({ progress, count, ended }: ProgressProps) {
  const styles = useStyles();
  const { done, refused, left } = progress ?? { done: 0, refused: [], left: count };
  return (
    <>
      <ProgressBar
        thickness="large"
        aria-label="Progress"
        max={count}
        value={count - left}
        {...(refused.length > 0 && { color: 'warning' })}
      />
      <Text role="status">
        {formatNumber(done)} of {formatNumber(count)} done.
        {refused.length > 0 && ` ${formatNumber(refused.length)} refused.`}
        {left > 0 && ended && ` Stopped: ${formatNumber(left)} stayed as they were.`}
      </Text>
      {refused.length > 0 && (
        <ul className={styles.list} aria-label="Refused">
          {refused.map(({ item, message }) => (
            <li key={item.key} className={styles.item}>
              <SeverityIcon severity="error" size={18} />
              <span>
                {item.name}: {message}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
