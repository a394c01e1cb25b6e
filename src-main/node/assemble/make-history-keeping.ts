import { HistoryKeeping } from '../views/history-keeping.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';
import type { ReplicaLayer } from './replica-layer.ts';

/** What keeps usage and timeline within the bounds of the settings. */
export function makeHistoryKeeping({
  events,
  store,
  log,
  settings,
  replicas,
}: Ground & Links & ReplicaLayer): HistoryKeeping {
  const keeping = new HistoryKeeping({
    store,
    settings,
    replicas,
    log,
    onChange: () => events.emit({ type: 'storeChanged' }),
  });
  events.on('settingsChanged', () => void keeping.note());
  return keeping;
}
