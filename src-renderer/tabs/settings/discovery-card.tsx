import { Field, makeStyles, MessageBar, MessageBarBody, Switch } from '@fluentui/react-components';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { NodeSettingsCard } from './node-settings-card.tsx';
import { fixedByCommandLine } from './setting-fields.ts';

const useStyles = makeStyles({
  field: { maxWidth: '420px' },
  // In line with the labels below.
  switch: { marginLeft: '-8px' },
});

/** How this server and others find each other. */
export function DiscoveryCard() {
  const styles = useStyles();
  const mdns = useNode((node) => node.settings.mdns);
  const fixed = useNode((node) => node.overriddenSettings.includes('mdns'));
  const problem = useNode((node) => node.discoveryProblem);
  const action = useAction('settings.set');
  return (
    <NodeSettingsCard title="Finding servers" settings={['mdnsInterface', 'fixedPeers']}>
      <Field
        className={styles.field}
        hint={'By mDNS: other servers find this one, too. ' + (fixed ? fixedByCommandLine : '')}
      >
        <Switch
          className={styles.switch}
          label="Search for servers on this network"
          checked={mdns}
          disabled={fixed}
          onChange={(_event, { checked }) => void action.run({ mdns: checked })}
        />
      </Field>
      {problem && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{problem.message}</MessageBarBody>
        </MessageBar>
      )}
      <RefusalBar title="Not changed." refusal={action.refusal} onDismiss={action.dismiss} />
    </NodeSettingsCard>
  );
}
