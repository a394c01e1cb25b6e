import { Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { countLicenses } from '../../../src-shared/view/protection.ts';
import { request } from '../../base/bridge.ts';
import { formatCount } from '../../base/format.ts';
import { DeleteRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { BulkDialog } from './bulk-dialog.tsx';
import type { BulkItem } from './run-each.ts';

/** Takes the demo licences and the trust in their vendor away; asks only when seats of them are out. */
export function RemoveDemoButton() {
  const licenses = useNode((node) => node.licenses);
  const vendors = useNode((node) => node.vendors);
  const [removing, setRemoving] = useState<{ items: BulkItem[]; inUse: number } | null>(null);
  const demos = licenses.filter(({ demo }) => demo);
  const keys = vendors.filter(({ demo }) => demo).map(({ keyId }) => keyId);
  if (demos.length === 0 && !removing) return null;
  const start = () =>
    setRemoving({ items: listItems(demos, keys), inUse: countLicenses(demos).unitsInUse });
  return (
    <>
      <DialogButton icon={<DeleteRegular />} onClick={start}>
        Remove demo licences
      </DialogButton>
      {removing && (
        <BulkDialog
          title="Remove the demo licences"
          confirm="Remove demo licences"
          atOnce={removing.inUse === 0}
          items={removing.items}
          doneWords={['step is done', 'steps are done']}
          allDone="The demo licences are removed"
          onClose={() => setRemoving(null)}
        >
          <Text>
            {formatCount(removing.inUse, 'seat')} of them in use will end at the next renewal or
            return. The demo vendor is no longer trusted afterwards.
          </Text>
        </BulkDialog>
      )}
    </>
  );
}

/** The licences, and then the keys that they were signed with. */
function listItems(demos: readonly LicenseDetail[], keyIds: readonly string[]): BulkItem[] {
  return [
    ...demos.map(({ id }) => ({
      key: `license:${id}`,
      name: id,
      run: () => request('license.remove', { id }),
    })),
    ...keyIds.map((keyId) => ({
      key: `vendor:${keyId}`,
      name: 'The trust in the demo vendor',
      run: () => request('vendor.forget', { keyId }),
    })),
  ];
}
