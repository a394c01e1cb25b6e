import { Text } from '@fluentui/react-components';
import { pageRowsMax } from '../../../src-shared/contract/records.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import { request } from '../../base/bridge.ts';
import { formatCount, formatNumber } from '../../base/format.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import type { GridSelection } from '../../components/grid/grid-selection.ts';
import { SelectionBar } from '../../components/grid/selection-bar.tsx';
import { BulkDialog } from '../../features/bulk/bulk-dialog.tsx';

interface ChosenLeasesBarProps {
  selection: GridSelection<ListedLease>;
  /** Leases that match the filters. */
  total: number;
  onRelease: (leases: readonly ListedLease[]) => void;
}

/** The leases that are chosen, and the way to release them. */
export function ChosenLeasesBar({ selection, total, onRelease }: ChosenLeasesBarProps) {
  const { chosen, clear } = selection;
  return (
    <SelectionBar text={describeChosen(chosen, total)} onClear={clear}>
      <DialogButton size="small" onClick={() => onRelease(chosen)}>
        Release {formatCount(countSeats(chosen), 'seat')} …
      </DialogButton>
    </SelectionBar>
  );
}

interface ReleaseLeasesDialogProps {
  leases: readonly ListedLease[];
  onClose: (finished: boolean) => void;
}

/** Asks, and releases them one after the other. */
export function ReleaseLeasesDialog({ leases, onClose }: ReleaseLeasesDialogProps) {
  return (
    <BulkDialog
      title={`Release ${formatCount(countSeats(leases), 'seat')}?`}
      confirm={`Release ${formatCount(countSeats(leases), 'seat')}`}
      items={leases.map(({ id, holder }) => ({
        key: id,
        name: `${holder.user} on ${holder.host}`,
        run: () => request('lease.release', { id }),
      }))}
      doneWords={['lease is released', 'leases are released']}
      onClose={onClose}
    >
      <ReleaseQuestion leases={leases} />
    </BulkDialog>
  );
}

function countSeats(leases: readonly ListedLease[]): number {
  return leases.reduce((sum, { units }) => sum + units, 0);
}

/** “3 leases chosen”; that not all were that were asked for, where that may be. */
function describeChosen(chosen: readonly ListedLease[], total: number): string | null {
  if (chosen.length === 0) return null;
  const words = `${formatCount(chosen.length, 'lease')} chosen`;
  return chosen.length >= pageRowsMax && total > chosen.length
    ? `${words} of ${formatNumber(total)}; at most ${formatNumber(pageRowsMax)} are chosen in one step`
    : words;
}

function ReleaseQuestion({ leases }: { leases: readonly ListedLease[] }) {
  const borrowed = leases.filter(({ borrowUntil }) => borrowUntil !== undefined).length;
  return (
    <>
      <Text block>
        The holders of {formatCount(leases.length, 'lease')} lose their seats at the next renewal.
        What an application does then is its own affair: it may check out again at once.
      </Text>
      {borrowed > 0 && (
        <Text block>
          {formatCount(borrowed, 'lease is', 'leases are')} borrowed: the workstation may go on
          using its seat offline until the borrow ends, while this server already gives the seat to
          somebody else.
        </Text>
      )}
    </>
  );
}
