import { Text } from '@fluentui/react-components';
import { useState } from 'react';
import {
  describeClockRemedy,
  describeClockState,
  ledgerTimeMs,
} from '../../../src-shared/view/clock-attention.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { formatExact } from '../../base/format.ts';
import { ClockRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { ActionDialog } from '../../components/forms/action-dialog.tsx';
import { Card } from '../../components/layout/card.tsx';
import { Facts } from '../../components/layout/facts.tsx';

/** What time this server's own ledger goes by, and how an admin has it taken from the clock again. */
export function ClockCard() {
  const serverId = useNode((node) => node.server.id);
  const clock = useNode(
    (node) => node.ledgers.find((ledger) => primaryOf(ledger) === serverId)?.clock ?? null,
  );
  const hostMs = Date.parse(useNode((node) => node.at));
  const [asking, setAsking] = useState(false);
  if (!clock) return null;
  return (
    <Card title="Clock">
      <Facts
        facts={[
          { term: 'Time of the ledger', value: formatExact(ledgerTimeMs(clock, hostMs)) },
          { term: 'Clock of this server', value: formatExact(hostMs) },
        ]}
      />
      <Text block>{describeClockState(clock)}</Text>
      {clock.state !== 'believed' && <Text block>{describeClockRemedy(clock)}</Text>}
      <div>
        <DialogButton icon={<ClockRegular />} onClick={() => setAsking(true)}>
          Take the time from this clock …
        </DialogButton>
      </div>
      <ActionDialog
        open={asking}
        title="Take the time of the ledger from the clock?"
        confirm="Take the time"
        action="clock.accept"
        params={{}}
        refusedTitle="Not taken."
        onClose={() => setAsking(false)}
      >
        <Text block>
          The server that serves the licences takes its clock as the right time, forward or back.
          Make sure that its date and time are right: licences and borrowed seats are judged by it
          at once.
        </Text>
      </ActionDialog>
    </Card>
  );
}
