import { Button, makeStyles, Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { IpcParams, IpcResult } from '../../../src-shared/contract/ipc.ts';
import { formatCount } from '../../base/format.ts';
import { useAction } from '../../base/hooks.ts';
import { ArrowDownloadRegular } from '../../base/icons.ts';
import { RefusalBar } from '../forms/refusal-bar.tsx';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

interface ExportCsvButtonProps {
  what: IpcParams<'export.csv'>['what'];
  /** What a row is called: one, and several. */
  rowWords: readonly [one: string, many: string];
  from?: string;
  to?: string;
}

/** Asks where to, writes a CSV file there, and says how many rows it has. */
export function ExportCsvButton({ what, rowWords, from, to }: ExportCsvButtonProps) {
  const styles = useStyles();
  const action = useAction('export.csv');
  const [written, setWritten] = useState<IpcResult<'export.csv'> | null>(null);
  const run = async () => {
    setWritten(null);
    const result = await action.run({ what, ...(from && { from }), ...(to && { to }) });
    if (result?.path) setWritten(result);
  };
  const [one, many] = rowWords;
  return (
    <div className={styles.root}>
      <Text size={200} role="status" title={written?.path ?? undefined}>
        {action.busy
          ? 'Exporting …'
          : written && `${formatCount(written.rows, one, many)} written.`}
      </Text>
      <RefusalBar title="Not exported." refusal={action.refusal} onDismiss={action.dismiss} />
      <Button
        icon={<ArrowDownloadRegular />}
        disabledFocusable={action.busy}
        onClick={() => void run()}
      >
        Export CSV …
      </Button>
    </div>
  );
}
