import { Text } from '@fluentui/react-components';
import { Fragment, useMemo, useState } from 'react';
import { describeReturn } from '../../../src-shared/view/describe-return.ts';
import { failbackOf, labelMove, moveWords, type Move } from '../../../src-shared/view/moves.ts';
import { findFailovers, nameServer } from '../../../src-shared/view/protection.ts';
import { Card } from '../../components/layout/card.tsx';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { TwoColumns } from '../../components/layout/two-columns.tsx';
import { ArrowReplyRegular } from '../../base/icons.ts';
import { MoveDialog } from '../../features/relationship/move-dialog.tsx';
import { useNode } from '../../base/snapshot-store.ts';
import { NoRelationship } from './no-relationship.tsx';
import { ReclaimForm } from './reclaim-form.tsx';
import { TimingForm } from './timing-form.tsx';

/** When the main server takes over again after its return. */
export function FailBackPart({ showRelationship }: { showRelationship: () => void }) {
  const settings = useNode((node) => node.relationship?.settings);
  if (!settings) {
    return (
      <NoRelationship
        text="This part shows when a server that has returned takes over again."
        showRelationship={showRelationship}
      />
    );
  }
  return (
    <TwoColumns
      first={
        <>
          <FailBackNow />
          <Card title="When the main server is back">
            <ReclaimForm key={settings.reclaim} reclaim={settings.reclaim} />
          </Card>
        </>
      }
      second={
        <Card title="Waiting before a failback">
          <Text>
            A server that comes and goes would move the licences to and fro; so the returned server
            has to be there for some time first.
          </Text>
          <TimingForm settings={settings} names={['reclaimAfterMs', 'reclaimHoldDownMaxMs']} />
        </Card>
      }
    />
  );
}

function FailBackNow() {
  const node = useNode((known) => known);
  const failback = useMemo(() => failbackOf(node), [node]);
  const [asked, setAsked] = useState<Move | null>(null);
  const failovers = findFailovers(node);
  return (
    <Card title="Now">
      {failovers.length === 0 && <Text>{moveWords.failback.none}</Text>}
      {failovers.map((failover) => (
        <Fragment key={`${failover.primary}:${failover.active}`}>
          <Text weight="semibold">
            {nameServer(node, failover.active)} serves for {nameServer(node, failover.primary)}.
          </Text>
          <Text>{describeReturn(node, failover)}</Text>
        </Fragment>
      ))}
      <div>
        <DialogButton
          appearance={failback?.ready ? 'primary' : 'secondary'}
          icon={<ArrowReplyRegular />}
          disabledFocusable={!failback?.ready}
          onClick={() => failback?.ready && setAsked(failback)}
        >
          {labelMove('failback', node, failback)}
        </DialogButton>
      </div>
      <MoveDialog move={asked} onClose={() => setAsked(null)} />
    </Card>
  );
}
