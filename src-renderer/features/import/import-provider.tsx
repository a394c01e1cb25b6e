import { makeStyles, mergeClasses, Subtitle1, tokens } from '@fluentui/react-components';
import { useEffect, useMemo, useReducer, type ReactNode } from 'react';
import { ArrowImportRegular } from '../../base/icons.ts';
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
    zIndex: 10,
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

  const next = step.kind === 'idle' && busy === null ? waiting[0] : undefined;
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
      <div className={mergeClasses(className)}>
        {children}
        {dragging && (
          <div className={styles.overlay}>
            <ArrowImportRegular className={styles.icon} />
            <Subtitle1>Drop a licence file or a vendor key file</Subtitle1>
            <span>You will see what it changes before anything is installed.</span>
          </div>
        )}
      </div>
      <ImportDialog state={state} flow={flow} onClose={() => dispatch({ type: 'closed' })} />
    </ImportContext>
  );
}
