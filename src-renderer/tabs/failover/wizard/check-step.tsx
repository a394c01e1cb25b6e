import { Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { IpcParams } from '../../../../src-shared/contract/ipc.ts';
import { nameServer } from '../../../../src-shared/model/protection.ts';
import type { RelationshipCheck } from '../../../../src-shared/model/relationship.ts';
import { RefusalBar } from '../../../components/refusal-bar.tsx';
import { plural } from '../../../format.ts';
import { useAction, useRequest } from '../../../hooks.ts';
import { CheckmarkCircleFilled } from '../../../icons.ts';
import { useNode } from '../../../snapshot-store.ts';
import { useTabNavigation } from '../../../tab-navigation.ts';
import { ReasonList } from '../reason-list.tsx';
import { CoverageList } from '../coverage-list.tsx';
import { planOf, type WizardPhase, type WizardState } from './wizard-state.ts';

const useStyles = makeStyles({
  part: { display: 'flex', flexDirection: 'column', gap: '8px' },
  buttons: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
  row: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  good: { color: tokens.colorStatusSuccessForeground1, flexShrink: 0 },
});

interface CheckStepProps {
  state: WizardState;
  onBack: () => void;
  onPhase: (phase: WizardPhase) => void;
}

/** What is missing, what would be covered, and the button that sets it up. */
export function CheckStep({ state, onBack, onPhase }: CheckStepProps) {
  const styles = useStyles();
  const plan = planOf(state);
  const [tries, setTries] = useState(0);
  const { value, refusal, loading } = useRequest('relationship.check', plan, tries);
  const create = useAction('relationship.create');
  const run = async () => {
    onPhase('working');
    if (await create.run(plan)) onPhase('done');
  };
  // After a refusal the wizard stays, and what the node says of a relationship is the tab's again.
  const giveUp = () => {
    create.dismiss();
    onPhase('asking');
  };
  const ready = value !== null && value.missing.length === 0 && !loading;
  return (
    <>
      <Summary plan={plan} />
      {loading && value === null && <Spinner size="tiny" label="Checking …" />}
      <RefusalBar title="This cannot be checked now." refusal={refusal} />
      {value && <CheckResult check={value} />}
      {create.busy && <Progress />}
      <RefusalBar title="Not set up." refusal={create.refusal} onDismiss={giveUp} />
      <div className={styles.buttons}>
        <Button
          disabledFocusable={create.busy}
          onClick={() => {
            giveUp();
            onBack();
          }}
        >
          Back
        </Button>
        <Button disabledFocusable={create.busy || loading} onClick={() => setTries(tries + 1)}>
          Check again
        </Button>
        <Button
          appearance="primary"
          disabledFocusable={!ready || create.busy}
          onClick={() => void run()}
        >
          {create.busy ? 'Setting up …' : 'Set up the backup'}
        </Button>
      </div>
    </>
  );
}

function Summary({ plan }: { plan: IpcParams<'relationship.create'> }) {
  const main = useNode((node) => nameServer(node, plan.main));
  const backup = useNode((node) => nameServer(node, plan.backup));
  const witness = useNode((node) => (plan.witness ? nameServer(node, plan.witness) : ''));
  return (
    <Text>
      {backup} protects {main}
      {plan.mutual && `, and ${main} protects ${backup}`}. Policy:{' '}
      {plan.policy === 'strict' ? `strict, with ${witness} as witness` : 'available'}.
    </Text>
  );
}

function CheckResult({ check: { missing, warnings, licenses } }: { check: RelationshipCheck }) {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const uncovered = licenses.filter((license) => !license.covered);
  return (
    <div className={styles.part} role="status">
      {missing.length === 0 ? (
        <div className={styles.row}>
          <CheckmarkCircleFilled className={styles.good} fontSize={20} aria-hidden />
          <Text weight="semibold">Nothing is missing.</Text>
        </div>
      ) : (
        <>
          <Text weight="semibold">This is missing:</Text>
          <ReasonList reasons={missing} severity="error" />
          <div>
            <Button onClick={() => show('servers')}>Go to Servers</Button>
          </div>
        </>
      )}
      {warnings.length > 0 && <ReasonList reasons={warnings} severity="warning" />}
      <Text>
        {licenses.length === 0
          ? 'The server that is protected has no licence yet.'
          : `${licenses.length - uncovered.length} of ${plural(licenses.length, 'licence')} would ` +
            `be covered${uncovered.length > 0 ? '; not these:' : '.'}`}
      </Text>
      <CoverageList licenses={uncovered} />
    </div>
  );
}

/** What the relationship waits for while it comes into being. */
function Progress() {
  const pending = useNode((node) => node.relationship?.pending ?? null);
  return <Spinner size="tiny" label={pending ?? 'Telling the other server …'} role="status" />;
}
