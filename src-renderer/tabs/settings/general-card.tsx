import { Button, Field, makeStyles, Select, Switch, Text } from '@fluentui/react-components';
import {
  serverChoiceSchema,
  themeSchema,
  type Theme,
} from '../../../src-shared/model/desktop-settings.ts';
import { Card } from '../../components/layout/card.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useAction, useNow } from '../../base/hooks.ts';
import { useDesktop } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  field: { maxWidth: '420px' },
  // In line with the labels above and below.
  switch: { marginLeft: '-8px' },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px' },
});

const themeLabels: Record<Theme, string> = {
  system: 'Like the system',
  light: 'Light',
  dark: 'Dark',
};

/** What is of this account and not of the server. */
export function GeneralCard() {
  const styles = useStyles();
  const theme = useDesktop((desktop) => desktop.theme);
  const server = useDesktop((desktop) => desktop.server);
  const denseRows = useDesktop((desktop) => desktop.denseRows);
  const startWithSystem = useDesktop((desktop) => desktop.startWithSystem);
  const unavailable = useDesktop((desktop) => desktop.startWithSystemUnavailable);
  const notifications = useDesktop((desktop) => desktop.notifications);
  const action = useAction('desktop.settings.set');
  return (
    <Card title="General">
      <Field {...(unavailable !== undefined && { hint: unavailable })} className={styles.field}>
        <Switch
          className={styles.switch}
          label="Start with the system"
          checked={startWithSystem}
          disabled={unavailable !== undefined}
          onChange={(_event, { checked }) => void action.run({ startWithSystem: checked })}
        />
      </Field>
      {server !== undefined && (
        <Field
          className={styles.field}
          label="Licence server"
          hint="Each has licences, seats and an identity of its own."
        >
          <Select
            value={server}
            onChange={(event, { value }) => {
              // What is in force stays shown: the order may be taken back when it asks.
              event.target.value = server;
              void action.run({ server: serverChoiceSchema.parse(value) });
            }}
          >
            <option value="installed">The one that is installed on this computer</option>
            <option value="own">One in this program</option>
          </Select>
        </Field>
      )}
      <Field className={styles.field} label="Theme">
        <Select
          value={theme}
          onChange={(_event, { value }) => void action.run({ theme: themeSchema.parse(value) })}
        >
          {themeSchema.options.map((option) => (
            <option key={option} value={option}>
              {themeLabels[option]}
            </option>
          ))}
        </Select>
      </Field>
      <Field className={styles.field} label="Rows of lists">
        <Select
          value={denseRows ? 'dense' : 'roomy'}
          onChange={(_event, { value }) => void action.run({ denseRows: value === 'dense' })}
        >
          <option value="roomy">Roomy</option>
          <option value="dense">Dense: more rows, one line each</option>
        </Select>
      </Field>
      <Field
        className={styles.field}
        hint="Of licences that expire or run out of seats, of failovers, and of a server that stops serving."
      >
        <Switch
          className={styles.switch}
          label="Notifications"
          checked={notifications}
          onChange={(_event, { checked }) => void action.run({ notifications: checked })}
        />
      </Field>
      {notifications && <NotificationPause />}
      <RefusalBar title="Not changed." refusal={action.refusal} onDismiss={action.dismiss} />
    </Card>
  );
}

const pauseMinutes = 60;

function NotificationPause() {
  const styles = useStyles();
  const pausedUntilMs = useDesktop((desktop) => desktop.notificationsPausedUntilMs);
  const nowMs = useNow(1_000);
  const action = useAction('desktop.notifications.pause');
  const paused = pausedUntilMs !== null && pausedUntilMs > nowMs;
  return (
    <>
      <div className={styles.row}>
        <Button
          disabledFocusable={action.busy}
          onClick={() => void action.run({ minutes: paused ? 0 : pauseMinutes })}
        >
          {paused ? 'End the pause' : 'Pause for 1 hour'}
        </Button>
        {paused && (
          <Text role="status">
            No notifications until <Moment atMs={pausedUntilMs} />; the timeline has everything.
          </Text>
        )}
      </div>
      <RefusalBar title="Not changed." refusal={action.refusal} onDismiss={action.dismiss} />
    </>
  );
}
