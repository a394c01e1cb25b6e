import { Text } from '@fluentui/react-components';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { countLicenses } from '../../../src-shared/view/protection.ts';
import { request } from '../../base/bridge.ts';
import { formatCount, formatNumber } from '../../base/format.ts';
import { DeleteRegular } from '../../base/icons.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import type { GridSelection } from '../../components/grid/grid-selection.ts';
import { SelectionBar } from '../../components/grid/selection-bar.tsx';
import { BulkDialog } from '../../features/bulk/bulk-dialog.tsx';

interface ChosenLicensesBarProps {
  selection: GridSelection<LicenseDetail>;
  onRemove: (licenses: readonly LicenseDetail[]) => void;
}

/** The licences that are chosen, and the way to remove them. */
export function ChosenLicensesBar({ selection, onRemove }: ChosenLicensesBarProps) {
  const { chosen, clear } = selection;
  return (
    <SelectionBar
      text={chosen.length === 0 ? null : `${formatCount(chosen.length, 'licence')} chosen`}
      onClear={clear}
    >
      <DialogButton size="small" icon={<DeleteRegular />} onClick={() => onRemove(chosen)}>
        Remove {formatCount(chosen.length, 'licence')} …
      </DialogButton>
    </SelectionBar>
  );
}

interface RemoveLicensesDialogProps {
  licenses: readonly LicenseDetail[];
  onClose: () => void;
}

/** Asks, and removes them one after the other. */
export function RemoveLicensesDialog({ licenses, onClose }: RemoveLicensesDialogProps) {
  return (
    <BulkDialog
      title={`Remove ${formatCount(licenses.length, 'licence')}?`}
      confirm={`Remove ${formatCount(licenses.length, 'licence')}`}
      items={licenses.map(({ id }) => ({
        key: id,
        name: id,
        run: () => request('license.remove', { id }),
      }))}
      doneWords={['licence is removed', 'licences are removed']}
      onClose={onClose}
    >
      <RemovalQuestion licenses={licenses} />
    </BulkDialog>
  );
}

const namedMax = 5;

function RemovalQuestion({ licenses }: { licenses: readonly LicenseDetail[] }) {
  const { unitsInUse } = countLicenses(licenses);
  const more = licenses.length - namedMax;
  const named = licenses.slice(0, namedMax).map(({ id }) => id);
  return (
    <>
      <Text block>
        {named.join(', ')}
        {more > 0 && ` and ${formatNumber(more)} more`}: they grant no seat any more, and their
        former versions are gone.
      </Text>
      {unitsInUse > 0 && (
        <Text block>
          {formatCount(unitsInUse, 'seat')} in use will end at the next renewal or return.
        </Text>
      )}
      <Text block>Keep the licence files: to have the licences back, import them again.</Text>
    </>
  );
}
