import { Button, makeStyles, Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { UsageReport } from '../../../src-shared/model/usage.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction } from '../../base/hooks.ts';
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
  const action = useAction('export.picture');
  const [path, setPath] = useState<string | null>(null);
  const save = async () => {
    setPath(null);
    const png = drawUsagePicture({ report, series, units });
    const result = await action.run({ png, name: `usage-${series.license}` });
    setPath(result?.path ?? null);
  };
  return (
    <div className={styles.root}>
      <Text size={200} role="status" title={path ?? undefined}>
        {path !== null && 'Picture saved.'}
      </Text>
      <RefusalBar title="Not saved." refusal={action.refusal} onDismiss={action.dismiss} />
      <Button
        size="small"
        icon={<ImageRegular />}
        disabledFocusable={action.busy}
        onClick={() => void save()}
      >
        Save picture …
      </Button>
    </div>
  );
}
