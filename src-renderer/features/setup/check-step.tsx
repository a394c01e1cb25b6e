import { Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { nameServer } from '../../../src-shared/view/protection.ts';
import type { RelationshipCheck } from '../../../src-shared/model/relationship.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useRequest } from '../../base/hooks.ts';
import { CheckmarkCircleFilled } from '../../base/icons.ts';
import { useJob } from '../../base/jobs.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { ReasonList } from './reason-list.tsx';
import { CoverageList } from './coverage-list.tsx';
import { describeCheck, isAwaitingConsent } from './describe-check.ts';
import { planOf, type WizardPlan, type WizardState } from './wizard-state.ts';

const useStyles = makeStyles({
  part: { display: 'flex', flexDirection: 'column', gap: '8px' },
  buttons: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
  row: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  good: { color: tokens.colorStatusSuccessForeground1, flexShrink: 0 },
});

interface CheckStepProps {
  state: WizardState;
  onBack: () => void;
}

/** What is missing, what would be covered, and the button that sets it up. */
export function CheckStep({ state, onBack }: CheckStepProps) {
  const styles = useStyles();
  const plan = planOf(state);
  const [tries, setTries] = useState(0);
  const { value, refusal, loading } = useRequest('relationship.check', plan, tries);
  const create = useJob('relationship.create');
  const dissolved = useJob('relationship.dissolve');
  const busy = create.state.kind === 'running';
  const answer = create.state.kind === 'ended' ? create.state.answer : null;
  const ready = value !== null && value.missing.length === 0 && !loading;
  return (
    <>
      <Summary plan={plan} />
      {loading && value === null && <Spinner size="tiny" label="Checking …" />}
      <RefusalBar title="This cannot be checked now." refusal={refusal} />
      {value && <CheckResult check={value} />}
      {busy && <Progress />}
      <RefusalBar
        {...(isAwaitingConsent(answer)
          ? { title: 'Asked.', intent: 'info' }
          : { title: 'Not set up.' })}
        refusal={answer && !answer.ok ? answer : null}
        onDismiss={create.dismiss}
      />
      <div className={styles.buttons}>
        <Button
          disabledFocusable={busy}
          onClick={() => {
            create.dismiss();
            onBack();
          }}
        >
          Back
        </Button>
        <Button disabledFocusable={busy || loading} onClick={() => setTries(tries + 1)}>
          Check again
        </Button>
        <Button
          appearance="primary"
          disabledFocusable={!ready || busy}
          onClick={() => {
            dissolved.dismiss();
            void create.start(plan);
          }}
        >
          {busy ? 'Setting up …' : `Set up the ${plan.kind}`}
        </Button>
      </div>
    </>
  );
}

function Summary({ plan }: { plan: WizardPlan }) {
  const text = useNode((node) => describePlan(plan, (id) => nameServer(node, id)));
  return <Text>{text}</Text>;
}

function describePlan(plan: WizardPlan, nameOf: (id: string) => string): string {
  if (plan.kind === 'triad') {
    const others = [plan.secondary, plan.tertiary].map(nameOf);
    return (
      `${joinNames(others)} protect ${nameOf(plan.primary)}. Whichever of the three serves must ` +
      'reach another one.'
    );
  }
  if (plan.kind === 'pool') {
    const [first = '', ...others] = plan.servers.map(nameOf);
    return (
      `${joinNames(others)} ${others.length > 1 ? 'protect' : 'protects'} ${first}, in this order, as the pool ` +
      `${plan.name}.`
    );
  }
  const [main, backup] = [nameOf(plan.main), nameOf(plan.backup)];
  const mutual = plan.mutual === true ? `, and ${main} protects ${backup}` : '';
  const policy =
    plan.policy === 'strict'
      ? `strict, with ${nameOf(plan.witness ?? '')} as witness`
      : 'available';
  return `${backup} protects ${main}${mutual}. Policy: ${policy}.`;
}

function CheckResult({ check }: { check: RelationshipCheck }) {
  const { missing, warnings, licenses } = check;
  const { good, coverage } = describeCheck(check);
  const styles = useStyles();
  const { show } = useTabNavigation();
  const uncovered = licenses.filter((license) => !license.covered);
  return (
    <div className={styles.part} role="status">
      {good !== null ? (
        <div className={styles.row}>
          <CheckmarkCircleFilled className={styles.good} fontSize={20} aria-hidden />
          <Text weight="semibold">{good}</Text>
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
      {coverage !== '' && <Text>{coverage}</Text>}
      <CoverageList licenses={uncovered} />
    </div>
  );
}

/** What the relationship waits for while it comes into being. */
function Progress() {
  const pending = useNode(
    (node) => node.relationships.find(({ state }) => state === 'forming')?.pending ?? null,
  );
  return <Spinner size="tiny" label={pending ?? 'Telling the other server …'} role="status" />;
}
