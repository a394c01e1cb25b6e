import { Badge, Text } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { useState } from 'react';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { formatDate, formatCount } from '../../base/format.ts';
import { useAction } from '../../base/hooks.ts';
import { ArrowUndoRegular } from '../../base/icons.ts';
import { PanelItem, PanelList } from './panel-list.tsx';

type Version = LicenseDetail['versions'][number];

/** The versions of a licence, the newest first, with the way back to the one before. */
export function VersionList({ license }: { license: LicenseDetail }) {
  const [asking, setAsking] = useState(false);
  const rollback = useAction('license.rollback');
  const newestFirst = [...license.versions].sort((a, b) => b.revision - a.revision);
  const former = newestFirst[1];
  const close = () => {
    rollback.dismiss();
    setAsking(false);
  };
  const confirm = async () => {
    if (await rollback.run({ id: license.id })) close();
  };
  return (
    <>
      <PanelList label="Versions">
        {newestFirst.map((version) => (
          <PanelItem
            key={version.revision}
            first={`Serial ${version.serial}`}
            second={<VersionFacts version={version} />}
            aside={
              version.revision === license.revision ? (
                <Badge appearance="tint" color="success">
                  In use
                </Badge>
              ) : undefined
            }
          />
        ))}
      </PanelList>
      {former ? (
        <div>
          <DialogButton icon={<ArrowUndoRegular />} onClick={() => setAsking(true)}>
            Roll back to serial {former.serial} …
          </DialogButton>
        </div>
      ) : (
        <Text>
          There is no version before this one. When a newer file is imported, this one stays here to
          go back to.
        </Text>
      )}
      <ConfirmDialog
        open={asking}
        title={`Roll back ${license.feature}?`}
        confirm="Roll back"
        busy={rollback.busy}
        refusal={{ title: 'Not rolled back.', refusal: rollback.refusal }}
        onConfirm={() => void confirm()}
        onClose={close}
      >
        {former && (
          <Text block>
            The version with serial {former.serial} ({formatCount(former.units, 'seat')},{' '}
            {describeEnd(former)}) is in use again at once. Seats that are out stay out
            {license.inUse > former.units &&
              `; ${formatCount(license.inUse, 'seat is', 'seats are')} out, so no new one is granted ` +
                `until fewer than ${former.units} are`}
            .
          </Text>
        )}
      </ConfirmDialog>
    </>
  );
}

function describeEnd({ expires, trialDays }: Version): string {
  if (expires === null && trialDays !== undefined) {
    return `a trial of ${formatCount(trialDays, 'day')}`;
  }
  return expires === null ? 'permanent' : `until ${formatDate(Date.parse(expires))}`;
}

function VersionFacts({ version }: { version: Version }) {
  return (
    <>
      {formatCount(version.units, 'seat')}, {describeEnd(version)}, installed{' '}
      <Moment atMs={Date.parse(version.installedAt)} />
    </>
  );
}
