import { Button, makeStyles, Text } from '@fluentui/react-components';
import type { UsageReport } from '../../../src-shared/model/usage.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useExport } from '../../base/hooks.ts';
import { ImageRegular } from '../../base/icons.ts';
import { drawUsagePicture } from './chart-picture.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
});

interface SavePictureButtonProps {
  report: UsageReport;
  series: UsageReport['series'][number];
  units: number | null;
}

/** Asks where to, and saves the chart there as a PNG file. */
export function SavePictureButton({ report, series, units }: SavePictureButtonProps) {
  const styles = useStyles();
  const picture = useExport('export.picture');
  const save = () => {
    const png = drawUsagePicture({ report, series, units });
    void picture.run({ png, name: `usage-${series.license}` });
  };
  return (
    <div className={styles.root}>
      <Text size={200} role="status" title={picture.path ?? undefined}>
        {picture.path !== null && 'Picture saved.'}
      </Text>
      <RefusalBar title="Not saved." refusal={picture.refusal} onDismiss={picture.dismiss} />
      <Button size="small" icon={<ImageRegular />} disabledFocusable={picture.busy} onClick={save}>
        Save picture …
      </Button>
    </div>
  );
}
