import { Button, makeStyles, Text } from '@fluentui/react-components';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction, useExport } from '../../base/hooks.ts';
import { ArrowDownloadRegular, FolderOpenRegular } from '../../base/icons.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

/** What can be done with the report of a drill; `name` is that of its file. */
export function ReportButtons({ name }: { name: string }) {
  const styles = useStyles();
  const open = useAction('report.open');
  const copy = useExport('report.export');
  return (
    <>
      <div className={styles.root}>
        <Button
          size="small"
          icon={<FolderOpenRegular />}
          disabledFocusable={open.busy}
          onClick={() => void open.run({ name })}
        >
          Open report
        </Button>
        <Button
          size="small"
          icon={<ArrowDownloadRegular />}
          disabledFocusable={copy.busy}
          onClick={() => void copy.run({ name })}
        >
          Export report …
        </Button>
        <Text size={200} role="status">
          {copy.path !== null && `Written to ${copy.path}.`}
        </Text>
      </div>
      <RefusalBar title="Not opened." refusal={open.refusal} onDismiss={open.dismiss} />
      <RefusalBar title="Not exported." refusal={copy.refusal} onDismiss={copy.dismiss} />
    </>
  );
}
