import { Button, makeStyles, MessageBar, MessageBarBody, Text } from '@fluentui/react-components';
import { useAction } from '../../base/hooks.ts';
import { FolderOpenRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { folderWarning } from './folder-warning.ts';

const useStyles = makeStyles({
  note: { display: 'flex', flexDirection: 'column', gap: '8px', minWidth: 0 },
  path: { overflowWrap: 'anywhere' },
});

export function OpenLicenseFolder() {
  const open = useAction('folder.open');
  return (
    <>
      <Button icon={<FolderOpenRegular />} onClick={() => void open.run({ folder: 'licences' })}>
        Open licence folder
      </Button>
      <RefusalBar title="Not opened." refusal={open.refusal} onDismiss={open.dismiss} />
    </>
  );
}

/** Which folder is looked at, and what came of the last file in it. */
export function LicenseFolderNote() {
  const styles = useStyles();
  const status = useNode((node) => node.licenseFolder);
  const { folder, last } = status;
  return (
    <div className={styles.note}>
      <Text size={200} className={styles.path}>
        A licence file that is put into {folder} on the server is installed by itself.
        {last?.state === 'taken' && (
          <>
            {' '}
            The last one, {last.name}, was installed <Moment atMs={Date.parse(last.at)} />:{' '}
            {last.message}
          </>
        )}
      </Text>
      <FolderWarning />
    </div>
  );
}

export function FolderWarning() {
  const warning = useNode((node) => folderWarning(node.licenseFolder));
  if (warning === null) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>{warning}</MessageBarBody>
    </MessageBar>
  );
}
