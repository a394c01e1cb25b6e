import { useNode } from '../../base/snapshot-store.ts';
import { Card } from '../../components/layout/card.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { stateLabels } from '../../features/import/folder-warning.ts';
import { FolderWarning, OpenLicenseFolder } from '../../features/import/license-folder.tsx';

/** Where the server takes licence files from by itself, and what came of them. */
export function LicenseFolderCard() {
  const { folder, last, taken, refused, waiting } = useNode((node) => node.licenseFolder);
  return (
    <Card title="Licence folder">
      <Facts
        facts={[
          { term: 'Folder', value: folder },
          {
            term: 'Files in it',
            value: `${taken} installed, ${refused} refused, ${waiting} not installed yet`,
          },
          {
            term: 'Last file',
            value: last ? (
              <>
                {last.name}, {stateLabels[last.state]} <Moment atMs={Date.parse(last.at)} />:{' '}
                {last.message}
              </>
            ) : (
              'none yet'
            ),
          },
        ]}
      />
      <FolderWarning />
      <div>
        <OpenLicenseFolder />
      </div>
    </Card>
  );
}
