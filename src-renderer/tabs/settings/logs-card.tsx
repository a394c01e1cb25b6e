import { Button, Field, makeStyles, Select } from '@fluentui/react-components';
import { logLevelSchema, type LogLevel } from '../../../src-shared/model/node-settings.ts';
import { Card } from '../../components/layout/card.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction } from '../../base/hooks.ts';
import { FolderOpenRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({ field: { maxWidth: '420px' } });

const levelLabels: Record<LogLevel, string> = {
  error: 'Errors only',
  warn: 'Warnings and errors',
  info: 'Information',
  debug: 'Everything, to find a fault',
};

export function LogsCard() {
  const styles = useStyles();
  const level = useNode((node) => node.settings.logLevel);
  const fixed = useNode((node) => node.overriddenSettings.includes('logLevel'));
  const setLevel = useAction('settings.set');
  const openFolder = useAction('folder.open');
  return (
    <Card title="Logs">
      <Field
        className={styles.field}
        label="Log level"
        {...(fixed && { hint: 'Fixed by the command line for as long as this process runs.' })}
      >
        <Select
          value={level}
          disabled={fixed}
          onChange={(_event, { value }) =>
            void setLevel.run({ logLevel: logLevelSchema.parse(value) })
          }
        >
          {logLevelSchema.options.map((option) => (
            <option key={option} value={option}>
              {levelLabels[option]}
            </option>
          ))}
        </Select>
      </Field>
      <div>
        <Button
          icon={<FolderOpenRegular />}
          onClick={() => void openFolder.run({ folder: 'logs' })}
        >
          Open log folder
        </Button>
      </div>
      <RefusalBar title="Not changed." refusal={setLevel.refusal} onDismiss={setLevel.dismiss} />
      <RefusalBar title="Not opened." refusal={openFolder.refusal} onDismiss={openFolder.dismiss} />
    </Card>
  );
}
