import { Button, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { NodeSettingsCard } from './node-settings-card.tsx';

/** The backups that the server makes by itself, and when the last one was found whole. */
export function BackupsCard() {
  const { folder, count, last, nextAt, busy, problem } = useNode((node) => node.backups);
  const make = useAction('backup.now');
  return (
    <NodeSettingsCard title="Backups" settings={['backupsKept', 'backupTime', 'backupFolder']}>
      <Facts
        facts={[
          { term: 'Last backup', value: last ? <At instant={last.at} /> : 'none yet' },
          { term: 'Verified', value: last ? <At instant={last.verifiedAt} /> : 'none yet' },
          { term: 'Next', value: nextAt === null ? 'none' : <At instant={nextAt} /> },
          { term: 'Kept', value: `${count} in ${folder}` },
        ]}
      />
      {problem && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{problem.message}</MessageBarBody>
        </MessageBar>
      )}
      <div>
        <Button disabledFocusable={busy || make.busy} onClick={() => void make.run({})}>
          {busy || make.busy ? 'Making a backup …' : 'Back up now'}
        </Button>
      </div>
      <RefusalBar title="Not made." refusal={make.refusal} onDismiss={make.dismiss} />
    </NodeSettingsCard>
  );
}

function At({ instant }: { instant: string }) {
  return <Moment atMs={Date.parse(instant)} />;
}
