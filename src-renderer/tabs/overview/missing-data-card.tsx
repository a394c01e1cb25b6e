import { Text } from '@fluentui/react-components';
import { useState } from 'react';
import { useNode } from '../../base/snapshot-store.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { ActionDialog } from '../../components/forms/action-dialog.tsx';
import { Card } from '../../components/layout/card.tsx';
import { Moment } from '../../components/marks/moment.tsx';

/** What this server has lost, while it waits for that; nothing where nothing is missing. */
export function MissingDataCard() {
  const missing = useNode((node) => node.missingData);
  const [asking, setAsking] = useState(false);
  if (!missing) return null;
  return (
    <Card title="Data of this server is missing">
      <Text block>{missing.message}</Text>
      {missing.warning !== null && <Text block>{missing.warning}</Text>}
      <Text block size={200}>
        Noticed <Moment atMs={Date.parse(missing.noticedAt)} />
      </Text>
      <div>
        <DialogButton onClick={() => setAsking(true)}>Accept the loss …</DialogButton>
      </div>
      <ActionDialog
        open={asking}
        title="Serve without the data that is missing?"
        confirm="Accept the loss"
        action="ledger.acceptLoss"
        params={{ force: missing.warning !== null }}
        refusedTitle="Not accepted."
        onClose={() => setAsking(false)}
      >
        <Text block>
          This server then serves what it still has. Seats that were granted and are not known any
          more can be granted a second time, and licences that are not there have to be imported
          again. Wait instead while a server that protects this one can still give the data back.
        </Text>
        {missing.warning !== null && (
          <Text block weight="semibold">
            {missing.warning}
          </Text>
        )}
      </ActionDialog>
    </Card>
  );
}
