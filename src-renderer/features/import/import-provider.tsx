import { makeStyles, Subtitle1, Text, tokens } from '@fluentui/react-components';
import { useEffect, useMemo, useReducer, type ReactNode } from 'react';
import { formatCount } from '../../base/format.ts';
import { DocumentAddRegular } from '../../base/icons.ts';
import { useDialogOpen } from '../../base/open-dialogs.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { ImportContext } from './import-context.ts';
import { ImportDialog } from './import-dialog.tsx';
import { ImportFlow } from './import-flow.ts';
import { idleImport, reduceImport } from './import-state.ts';
import { useFileDrop } from './use-file-drop.ts';

const useStyles = makeStyles({
  overlay: {
    position: 'fixed',
    inset: 0,
    zIndex: 2_000_000,
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: tokens.spacingVerticalM,
    boxSizing: 'border-box',
    border: `3px dashed ${tokens.colorBrandStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    textAlign: 'center',
    pointerEvents: 'none',
  },
  icon: { fontSize: '48px', color: tokens.colorBrandForeground1 },
  waiting: {
    position: 'fixed',
    left: '50%',
    bottom: '16px',
    // Above the backdrop of the dialog.
    zIndex: 2_000_000,
    transform: 'translateX(-50%)',
    padding: '8px 16px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow16,
  },
});

interface ImportProviderProps {
  className: string;
  children: ReactNode;
}

/** Import by dialog or by a file dropped anywhere on the window, for everything below. */
export function ImportProvider({ className, children }: ImportProviderProps) {
  const styles = useStyles();
  const [state, dispatch] = useReducer(reduceImport, idleImport);
  const flow = useMemo(() => new ImportFlow(dispatch), []);
  const needsConsent = useNode((node) => node.demo.trustNeedsConsent && !node.demo.trusted);
  const dragging = useFileDrop((files) => dispatch({ type: 'dropped', files }));
  const { step, waiting, busy } = state;
  const dialogOpen = useDialogOpen();

  const next = step.kind === 'idle' && busy === null && !dialogOpen ? waiting[0] : undefined;
  useEffect(() => {
    if (!next) return;
    dispatch({ type: 'taken' });
    void flow.reviewDropped(next);
  }, [flow, next]);

  const actions = useMemo(
    () => ({
      chooseLicense: () => void flow.chooseLicense(),
      chooseVendor: () => void flow.chooseVendor(),
      installDemo: () => (needsConsent ? flow.askDemo() : void flow.installDemo(false)),
      busy: busy !== null,
    }),
    [flow, needsConsent, busy],
  );
  return (
    <ImportContext value={actions}>
      <div className={className}>
        {children}
        {dragging && (
          <div className={styles.overlay}>
            <DocumentAddRegular className={styles.icon} />
            <Subtitle1>Drop a licence file or a vendor key file</Subtitle1>
            <Text>
              {dialogOpen
                ? 'It is looked at once the open dialog is closed.'
                : 'You will see what it changes before anything is installed.'}
            </Text>
          </div>
        )}
        {dialogOpen && step.kind === 'idle' && waiting.length > 0 && (
          <div className={styles.waiting} role="status">
            {formatCount(waiting.length, 'dropped file waits', 'dropped files wait')} until this
            dialog is closed.
          </div>
        )}
      </div>
      <ImportDialog state={state} flow={flow} onClose={() => dispatch({ type: 'closed' })} />
    </ImportContext>
  );
}
