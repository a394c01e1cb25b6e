import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Spinner,
  tokens,
} from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { useUi } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import type { ImportFlow } from './import-flow.ts';
import type { ImportState } from './import-state.ts';
import { describeStep } from './import-steps.tsx';

const useStyles = makeStyles({
  surface: { maxWidth: 'min(640px, calc(100vw - 24px))' },
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  button: { whiteSpace: 'nowrap' },
  busy: { justifyContent: 'flex-start' },
});

export interface StepView {
  title: string;
  content: ReactNode;
  /** What goes on; absent when the step is an end. */
  action?: { label: string; run: () => void };
  /** The button that ends it. */
  close: string;
}

interface ImportDialogProps {
  state: ImportState;
  flow: ImportFlow;
  onClose: () => void;
}

const noVendors: readonly TrustedVendor[] = [];

/** The dialog of an import: what a file would change, the question, and what came of it. */
export function ImportDialog({ state, flow, onClose }: ImportDialogProps) {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const { step, busy, waiting } = state;
  const finish = () => {
    onClose();
    if (step.kind === 'licenseDone') show('licences', step.changes[0]?.id);
  };
  const vendors = useUi((ui) => ui?.node?.vendors ?? noVendors);
  const view = describeStep(step, flow, vendors);
  const left = waiting.length;
  return (
    <Dialog
      open={view !== null}
      modalType="alert"
      surfaceMotion={null}
      onOpenChange={(_event, data) => !data.open && busy === null && onClose()}
    >
      <DialogSurface className={styles.surface} backdropMotion={null}>
        {view && (
          <DialogBody>
            <DialogTitle>{view.title}</DialogTitle>
            <DialogContent className={styles.content}>
              {view.content}
              {busy !== null && <Spinner className={styles.busy} size="tiny" label={busy} />}
            </DialogContent>
            <DialogActions>
              {view.action && (
                <Button
                  className={styles.button}
                  appearance="primary"
                  disabledFocusable={busy !== null}
                  onClick={view.action.run}
                >
                  {view.action.label}
                </Button>
              )}
              <Button
                className={styles.button}
                appearance={view.action ? 'secondary' : 'primary'}
                disabledFocusable={busy !== null}
                onClick={step.kind === 'licenseDone' && left === 0 ? finish : onClose}
              >
                {left > 0 ? `${view.close}, next of ${left}` : view.close}
              </Button>
            </DialogActions>
          </DialogBody>
        )}
      </DialogSurface>
    </Dialog>
  );
}
