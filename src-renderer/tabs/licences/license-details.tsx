import { Text } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { useState } from 'react';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { whyNoFailover } from '../../../src-shared/view/describe-readiness.ts';
import { nameServer } from '../../../src-shared/view/protection.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { type Fact, Facts } from '../../components/layout/facts.tsx';
import { formatDate, formatDaysLeft, formatCount } from '../../base/format.ts';
import { useAction, useNow } from '../../base/hooks.ts';
import { DeleteRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import {
  describeBorrowing,
  describeMetadata,
  describeRedundancy,
  describeTimeToLive,
  describeTrial,
} from './describe-license.ts';
import { ServedByMark } from './served-by-mark.tsx';

/** What the vendor granted, and how the licence stands; the way to remove it. */
export function LicenseDetails({ license }: { license: LicenseDetail }) {
  const nowMs = useNow(60_000);
  const { expires, notBefore, failover, maintenanceUntil } = license;
  const primary = useNode((node) => nameServer(node, license.primary));
  const whyNot = useNode((node) => whyNoFailover(node, license));
  const expiresMs = expires === null ? null : Date.parse(expires);
  const facts: Record<keyof LicenseDetail, Fact | null> = {
    id: { term: 'Id', value: license.id },
    primary: { term: 'Licence of', value: primary },
    vendor: { term: 'Vendor', value: license.vendor },
    vendorKeyId: { term: 'Vendor key', value: license.vendorKeyId },
    trialDays: factOf('Trial', describeTrial(license)),
    maintenanceUntil: factOf(
      'Versions released before',
      maintenanceUntil && formatDate(Date.parse(maintenanceUntil)),
    ),
    customer: factOf('Customer', license.customer),
    orderNumber: factOf('Order', license.orderNumber),
    metadata: factOf('Further', describeMetadata(license)),
    serial: { term: 'Serial', value: `${license.serial} (revision ${license.revision} here)` },
    units: { term: 'Seats', value: formatCount(license.units, 'seat') },
    notBefore: {
      term: 'Valid from',
      value: notBefore === null ? 'the beginning' : formatDate(Date.parse(notBefore)),
    },
    expires: {
      term: 'Valid until',
      value:
        expiresMs === null
          ? permanentWord(license)
          : `${formatDate(expiresMs)}, ${formatDaysLeft(expiresMs, nowMs)}`,
    },
    ttlSeconds: { term: 'A seat is kept', value: describeTimeToLive(license) },
    borrow: { term: 'Borrowing', value: describeBorrowing(license) },
    redundancy: { term: 'Redundancy', value: describeRedundancy(license) },
    failover: {
      term: 'Failover',
      value: failover.configured ? 'Configured' : `Not configured. ${failover.reason ?? ''}`,
    },
    servedBy: { term: 'Served by', value: <ServedByMark license={license} /> },
    // Told by one of the above, or at the top of the panel.
    damage: null,
    revision: null,
    trialBegan: null,
    borrowedUnits: null,
    majorityRule: null,
    // Shown in the head of the panel, another part of it, or the table.
    product: null,
    feature: null,
    version: null,
    inUse: null,
    demo: null,
    validity: null,
    deniedCount: null,
    versions: null,
    // Known to programs only.
    ledger: null,
  };
  const works: Fact = {
    term: 'Failover works now',
    value: whyNot === null ? 'Yes' : `No. ${whyNot}`,
  };
  return (
    <>
      <Facts facts={[...Object.values(facts).filter((fact) => fact !== null), works]} />
      <RemoveLicense license={license} />
    </>
  );
}

/** A trial is not permanent before it has begun. */
function permanentWord({ trialDays }: LicenseDetail): string {
  return trialDays === undefined ? 'Permanent' : 'The end of its trial';
}

/** Null: the vendor did not say. */
function factOf(term: string, value: string | undefined): Fact | null {
  return value === undefined ? null : { term, value };
}

function RemoveLicense({ license }: { license: LicenseDetail }) {
  const { show } = useTabNavigation();
  const [asking, setAsking] = useState(false);
  const remove = useAction('license.remove');
  const close = () => {
    remove.dismiss();
    setAsking(false);
  };
  const confirm = async () => {
    if (!(await remove.run({ id: license.id }))) return;
    close();
    show('licences');
  };
  return (
    <div>
      <DialogButton icon={<DeleteRegular />} onClick={() => setAsking(true)}>
        Remove this licence …
      </DialogButton>
      <ConfirmDialog
        open={asking}
        title={`Remove ${license.feature}?`}
        confirm="Remove licence"
        busy={remove.busy}
        refusal={{ title: 'Not removed.', refusal: remove.refusal }}
        onConfirm={() => void confirm()}
        onClose={close}
      >
        <Text block>
          {license.id} grants no seat any more, and its former versions are gone.{' '}
          {license.inUse > 0 &&
            `${formatCount(license.inUse, 'seat')} in use will end at the next renewal or return. `}
          Keep the licence file: to have the licence back, import it again.
        </Text>
      </ConfirmDialog>
    </div>
  );
}
