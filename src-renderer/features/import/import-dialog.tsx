import { Button, makeStyles, Spinner } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { ModalDialog, startsHere } from '../../components/forms/modal-dialog.tsx';
import { useUi } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import type { ImportFlow } from './import-flow.ts';
import type { ImportState } from './import-state.ts';
import { describeStep } from './import-steps.tsx';

const useStyles = makeStyles({ busy: { justifyContent: 'flex-start' } });

export interface StepView {
  title: string;
  content: ReactNode;
  /**
   * What goes on; absent when the step is an end. `trusts`: it lets somebody in, so the focus is on
   * the button that does not.
   */
  action?: { label: string; run: () => void; trusts?: true };
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
  const { step } = state;
  const vendors = useUi((ui) => ui?.node?.vendors ?? noVendors);
  const view = describeStep(step, flow, vendors);
  return (
    <ModalDialog
      waits
      open={view !== null}
      title={view?.title ?? ''}
      step={step}
      onClose={state.busy === null ? onClose : null}
      actions={view && <Choices state={state} view={view} onClose={onClose} />}
    >
      {view && <Content view={view} busy={state.busy} />}
    </ModalDialog>
  );
}

function Content({ view, busy }: { view: StepView; busy: string | null }) {
  const styles = useStyles();
  return (
    <>
      {view.content}
      {busy !== null && <Spinner className={styles.busy} size="tiny" label={busy} />}
    </>
  );
}

interface ChoicesProps {
  state: ImportState;
  view: StepView;
  onClose: () => void;
}

function Choices({ state, view, onClose }: ChoicesProps) {
  const { step, waiting, busy } = state;
  const { show } = useTabNavigation();
  const finish = () => {
    onClose();
    if (step.kind === 'licenseDone') show('licences', step.changes[0]?.id);
  };
  const left = waiting.length;
  const { action } = view;
  const startsOnAction = action !== undefined && !action.trusts;
  return (
    <>
      {action && (
        <Button
          {...(startsOnAction && startsHere)}
          key="action"
          appearance="primary"
          disabledFocusable={busy !== null}
          onClick={action.run}
        >
          {action.label}
        </Button>
      )}
      <Button
        {...(!startsOnAction && startsHere)}
        key="close"
        appearance={action ? 'secondary' : 'primary'}
        disabledFocusable={busy !== null}
        onClick={step.kind === 'licenseDone' && left === 0 ? finish : onClose}
      >
        {left > 0 ? `${view.close}, next of ${left}` : view.close}
      </Button>
    </>
  );
}
