import { Button, makeStyles, Text } from '@fluentui/react-components';
import { useState } from 'react';
import {
  type DeliveryStatus,
  type NotifyChannel,
  notifyChannelSchema,
  type NotifyStatus,
} from '../../../src-shared/model/notify.ts';
import { formatExact } from '../../base/format.ts';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { ActionDialog } from '../../components/forms/action-dialog.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { Card } from '../../components/layout/card.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { NotifyDialog } from './notify-dialog.tsx';

const useStyles = makeStyles({
  way: { display: 'flex', flexDirection: 'column', gap: '8px' },
  buttons: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

const names: Record<NotifyChannel, string> = {
  webhook: 'Webhook',
  email: 'E-mail',
  program: 'Program',
};

/** The same within a sentence. */
const spoken: Record<NotifyChannel, { change: string; by: string }> = {
  webhook: { change: 'the webhook', by: 'webhook' },
  email: { change: 'e-mail', by: 'e-mail' },
  program: { change: 'the program', by: 'a program' },
};

/** Whom the server itself tells of events, also when nobody is logged on. */
export function NotificationsCard() {
  return (
    <Card title="Notifications by the server">
      <Text size={200}>
        The server tells of what happens to it, also when nobody is logged on. Notifications on this
        desktop are under General.
      </Text>
      {notifyChannelSchema.options.map((channel) => (
        <Way key={channel} channel={channel} />
      ))}
    </Card>
  );
}

function Way({ channel }: { channel: NotifyChannel }) {
  const styles = useStyles();
  const status = useNode((node) => node.notify);
  const test = useAction('notify.test');
  const [open, setOpen] = useState<'change' | 'end' | null>(null);
  const [tested, setTested] = useState(false);
  const current = status[channel];
  const name = names[channel];
  const sendTest = async () => {
    setTested(false);
    if (await test.run({ channel })) setTested(true);
  };
  return (
    <div className={styles.way} role="group" aria-label={name}>
      <Facts
        facts={[
          { term: name, value: describeTarget(channel, status) ?? 'nobody is told' },
          ...(current ? deliveryFacts(current.delivery) : []),
        ]}
      />
      <div className={styles.buttons}>
        <DialogButton onClick={() => setOpen('change')}>
          {current ? `Change ${spoken[channel].change} …` : `Tell by ${spoken[channel].by} …`}
        </DialogButton>
        {current && (
          <>
            <Button disabledFocusable={test.busy} onClick={() => void sendTest()}>
              {test.busy ? 'Sending …' : 'Send a test'}
            </Button>
            <DialogButton onClick={() => setOpen('end')}>Remove …</DialogButton>
          </>
        )}
        <Text role="status">{tested && !test.busy && 'The test was taken.'}</Text>
      </div>
      <RefusalBar title="The test failed." refusal={test.refusal} onDismiss={test.dismiss} />
      {open === 'change' && (
        <NotifyDialog
          title={`Notifications: ${name}`}
          channel={channel}
          status={status}
          onClose={() => setOpen(null)}
        />
      )}
      <ActionDialog
        open={open === 'end'}
        title={`Tell nobody by ${spoken[channel].by}?`}
        confirm="Remove"
        action="notify.set"
        params={{ [channel]: null }}
        refusedTitle="Not removed."
        onClose={() => setOpen(null)}
      >
        <Text block>What was set up is deleted, secrets among it.</Text>
      </ActionDialog>
    </div>
  );
}

function describeTarget(channel: NotifyChannel, status: NotifyStatus): string | null {
  const { webhook, email, program } = status;
  switch (channel) {
    case 'webhook':
      return webhook && webhook.host;
    case 'email':
      return email && `${email.to.join(', ')} by ${email.host}:${email.port}`;
    case 'program':
      return program && [program.path, ...program.args].join(' ');
  }
}

function deliveryFacts({ waiting, lost, lastAt, problem }: DeliveryStatus) {
  return [
    {
      term: 'Last told',
      value: lastAt === null ? 'not since the start' : formatExact(Date.parse(lastAt)),
    },
    ...(waiting > 0 ? [{ term: 'Waiting', value: String(waiting) }] : []),
    ...(lost > 0 ? [{ term: 'Given up', value: String(lost) }] : []),
    ...(problem ? [{ term: 'Problem', value: problem.message }] : []),
  ];
}
