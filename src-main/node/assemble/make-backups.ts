import { Backups } from '../backup/backups.ts';
import { systemClock } from '../base/clock.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';

/** The backups of this server. */
export function makeBackups({
  options,
  events,
  serverId,
  directory,
  journal,
  log,
  settings,
}: Ground & Links): Backups {
  return new Backups({
    serverId,
    version: options.version,
    directory,
    settings: () => settings.current,
    nowMs: () => systemClock().wallMs,
    note: (note) => journal.note(note),
    log,
    onChange: () => events.emit({ type: 'storeChanged' }),
  });
}
