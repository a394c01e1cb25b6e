import { Button, Spinner, Text } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { useState } from 'react';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { FirstClientCommand } from '../../features/seats/first-client-command.tsx';
import { Moment, RelativeTime } from '../../components/marks/moment.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { ReleaseDialog } from '../../features/seats/release-dialog.tsx';
import { formatNumber, formatCount } from '../../base/format.ts';
import { useRequest, useThrottled } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { PanelItem, PanelList } from './panel-list.tsx';
import { Holder } from './holder.tsx';

const shownMax = 100;
const refreshedEveryMs = 500;

/** Who holds the seats of a licence, the longest first. */
export function HolderList({ license }: { license: LicenseDetail }) {
  const { show } = useTabNavigation();
  const revision = useThrottled(
    useNode((node) => node.leasesRevision),
    refreshedEveryMs,
  );
  const leases = useRequest('lease.list', { license: license.id, limit: shownMax }, revision);
  const [releasing, setReleasing] = useState<ListedLease | null>(null);
  const { value, refusal } = leases;
  if (!value) {
    return refusal ? (
      <RefusalBar title="The holders cannot be shown." refusal={refusal} />
    ) : (
      <Spinner size="small" label="Reading …" />
    );
  }
  return (
    <>
      <RefusalBar title="These are not the newest holders." refusal={refusal} />
      {value.total === 0 && (
        <>
          <Text>No seat is out. This command checks one out:</Text>
          <FirstClientCommand feature={license.feature} />
        </>
      )}
      <PanelList label="Holders">
        {value.leases.map((lease) => (
          <PanelItem
            key={lease.id}
            first={<Holder user={lease.holder.user} host={lease.holder.host} />}
            second={<HolderFacts lease={lease} />}
            aside={
              <DialogButton
                size="small"
                aria-label={`Release the seat of ${lease.holder.user} on ${lease.holder.host}`}
                onClick={() => setReleasing(lease)}
              >
                Release …
              </DialogButton>
            }
          />
        ))}
      </PanelList>
      {value.total > value.leases.length && (
        <div>
          <Button onClick={() => show('leases', license.id)}>
            Show all {formatNumber(value.total)} in Leases
          </Button>
        </div>
      )}
      <ReleaseDialog lease={releasing} onClose={() => setReleasing(null)} />
    </>
  );
}

function HolderFacts({ lease }: { lease: ListedLease }) {
  const { holder, units, grantedAt, borrowUntil } = lease;
  return (
    <>
      {formatCount(units, 'seat')}
      {holder.app && `, ${holder.app}`}, granted <RelativeTime atMs={Date.parse(grantedAt)} />
      {borrowUntil && (
        <>
          , borrowed until <Moment atMs={Date.parse(borrowUntil)} />
        </>
      )}
    </>
  );
}
