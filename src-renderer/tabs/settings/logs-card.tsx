import { Button, Field, makeStyles, Select, Text } from '@fluentui/react-components';
import { logLevelSchema, type LogLevel } from '../../../src-shared/model/node-settings.ts';
import { Card } from '../../components/layout/card.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction, useExport } from '../../base/hooks.ts';
import { ArrowDownloadRegular, FolderOpenRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { fixedByCommandLine } from './setting-fields.ts';

const useStyles = makeStyles({
  field: { maxWidth: '420px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

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
  const support = useExport('export.support');
  return (
    <Card title="Logs">
      <Field
        className={styles.field}
        label="Log level"
        {...(fixed && { hint: fixedByCommandLine })}
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
      <div className={styles.buttons}>
        <Button
          icon={<FolderOpenRegular />}
          onClick={() => void openFolder.run({ folder: 'logs' })}
        >
          Open log folder
        </Button>
        <Button
          icon={<ArrowDownloadRegular />}
          disabledFocusable={support.busy}
          onClick={() => void support.run({})}
        >
          Save support bundle …
        </Button>
      </div>
      <Text size={200}>
        One file for whoever helps you: state, settings, timeline and logs of this server. It has
        the names of servers, users and hosts in it, and no keys, tokens or invitation codes.
      </Text>
      <Text role="status">
        {support.busy ? 'Collecting …' : support.path !== null && `Written to ${support.path}.`}
      </Text>
      <RefusalBar title="Not written." refusal={support.refusal} onDismiss={support.dismiss} />
      <RefusalBar title="Not changed." refusal={setLevel.refusal} onDismiss={setLevel.dismiss} />
      <RefusalBar title="Not opened." refusal={openFolder.refusal} onDismiss={openFolder.dismiss} />
    </Card>
  );
}
