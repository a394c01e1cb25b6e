import { dayMs } from '../../../src-shared/model/time-units.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../base/log.ts';
import { ledgerMs } from '../core/ledger/ledger-time.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { LiveSettings } from '../settings/live-settings.ts';

export interface UsagePruningOptions {
  store: Pick<Store, 'pruneUsage'>;
  settings: Pick<LiveSettings, 'current'>;
  replicas: Pick<Replicas, 'all'>;
  log: Pick<Log, 'info' | 'warn'>;
}

const pruneEveryMs = 6 * 3_600_000;

/** Begins after the start is over, when nobody waits for it. */
const firstAfterMs = 60_000;

/** No clock that is merely believed by one ledger, or by none, drops anything (protocol section 8). */
function earliestMs(replicas: Pick<Replicas, 'all'>): number {
  const times = replicas
    .all()
    .filter(({ state }) => !isWitness(state))
    .map(({ ledger }) => ledgerMs(ledger.time));
  return Math.floor(Math.min(...times));
}

/** Drops usage records that are older than the settings keep them. Returns the end of it. */
export function startUsagePruning(options: UsagePruningOptions): () => void {
  const prune = () => {
    const { store, settings, replicas, log } = options;
    const beforeMs = earliestMs(replicas) - settings.current.usageKeptDays * dayMs;
    store.pruneUsage(beforeMs).then(
      (count) => {
        if (count > 0) log.info(`${count} usage records were older than kept and were dropped.`);
      },
      (error: unknown) => log.warn('Old usage records could not be dropped', error),
    );
  };
  const first = setTimeout(prune, firstAfterMs);
  const timer = setInterval(prune, pruneEveryMs);
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}
