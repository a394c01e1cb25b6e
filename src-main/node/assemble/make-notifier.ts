import { systemClock } from '../base/clock.ts';
import { Notifier } from '../notify/notifier.ts';
import { saveNotifySettings } from '../notify/notify-file.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';

/** Who is told by this server itself of what happens to it. */
export function makeNotifier({
  events,
  serverId: id,
  directory,
  storedNotify,
  journal,
  settings,
}: Ground & Links): Notifier {
  const notifier = new Notifier({
    server: () => ({ id, name: settings.current.name }),
    stored: storedNotify,
    save: (next) => saveNotifySettings(directory.notifyFile, next),
    nowMs: () => systemClock().wallMs,
    report: (note) => journal.note(note),
    onChange: () => events.emit({ type: 'storeChanged' }),
  });
  events.on('timelineGrew', ({ entries }) => notifier.note(entries));
  return notifier;
}
