import { type HistoryUse, megabyte } from '../../../src-shared/model/history-use.ts';
import type { NodeSettings } from '../../../src-shared/model/node-settings.ts';
import { dayMs, hourMs } from '../../../src-shared/model/time-units.ts';
import type { HistoryBounds, HistorySizes, Store } from '../store/store.ts';
import type { Log } from '../base/log.ts';
import { ledgerMs } from '../core/ledger/ledger-time.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { LiveSettings } from '../settings/live-settings.ts';

export interface HistoryKeepingOptions {
  store: Pick<Store, 'boundHistory' | 'pruneHistory'>;
  settings: Pick<LiveSettings, 'current'>;
  replicas: Pick<Replicas, 'all'>;
  log: Pick<Log, 'info' | 'warn'>;
  /** There is more history than before, or less. */
  onChange: () => void;
}

/** How often it is looked what the history takes. */
const lookEveryMs = 10_000;

/** How often usage goes that is older than it is kept, and how long after the start for the first time. */
const ageEveryMs = 6 * hourMs;
const firstAgeMs = 60_000;

/**
 * Keeps usage and timeline within what the settings allow, and knows how much there is. Each server
 * does that for its own copy: what a member has dropped is missing to nobody, and is not fetched again.
 */
export class HistoryKeeping {
  readonly #options: HistoryKeepingOptions;
  #sizes: HistorySizes = { usage: { count: 0, bytes: 0 }, events: { count: 0, bytes: 0 } };
  #bounded: string | undefined;
  /** One look at a time. */
  #turn: Promise<void> = Promise.resolve();
  #underWay = 0;
  #stop: () => void = () => undefined;

  constructor(options: HistoryKeepingOptions) {
    this.#options = options;
  }

  /** The bounds are in force when it resolves. */
  async start(): Promise<void> {
    await this.#look(null);
    const first = setTimeout(() => void this.#dropAged(), firstAgeMs);
    const aged = setInterval(() => void this.#dropAged(), ageEveryMs);
    const looks = setInterval(() => {
      if (this.#underWay === 0) void this.#look(null);
    }, lookEveryMs);
    this.#stop = () => {
      clearTimeout(first);
      clearInterval(aged);
      clearInterval(looks);
    };
  }

  stop(): void {
    this.#stop();
  }

  /** The settings may be others; what is beyond them is gone when it resolves. */
  note(): Promise<void> {
    return this.#look(null);
  }

  use(): HistoryUse {
    const { usage, events } = boundsOf(this.#options.settings.current);
    return {
      usage: { ...this.#sizes.usage, ...usage },
      timeline: { ...this.#sizes.events, ...events },
    };
  }

  #dropAged(): Promise<void> {
    const { settings, replicas } = this.#options;
    const nowMs = earliestMs(replicas);
    return this.#look(nowMs === null ? null : nowMs - settings.current.usageKeptDays * dayMs);
  }

  #look(beforeMs: number | null): Promise<void> {
    this.#underWay++;
    this.#turn = this.#turn.then(async () => {
      await this.#prune(beforeMs);
      this.#underWay--;
    });
    return this.#turn;
  }

  async #prune(beforeMs: number | null): Promise<void> {
    const { store, settings, log, onChange } = this.#options;
    try {
      const bounds = boundsOf(settings.current);
      const text = JSON.stringify(bounds);
      if (text !== this.#bounded) await store.boundHistory(bounds);
      this.#bounded = text;
      const { pruned, sizes } = await store.pruneHistory(beforeMs);
      if (pruned > 0) {
        log.info(
          `${pruned} records of usage and timeline were more than is kept, and were dropped.`,
        );
      }
      const changed = JSON.stringify(sizes) !== JSON.stringify(this.#sizes);
      this.#sizes = sizes;
      if (changed) onChange();
    } catch (error) {
      log.warn('Usage and timeline could not be kept within their bounds', error);
    }
  }
}

function boundsOf(settings: NodeSettings): HistoryBounds {
  return {
    usage: {
      countMax: settings.usageRecordsMax,
      bytesMax: settings.usageMegabytesMax * megabyte,
    },
    events: {
      countMax: settings.timelineEntriesMax,
      bytesMax: settings.timelineMegabytesMax * megabyte,
    },
  };
}

/**
 * No clock that is merely believed by one ledger, or by none, drops anything (protocol section 8);
 * null: no ledger keeps time here.
 */
function earliestMs(replicas: Pick<Replicas, 'all'>): number | null {
  const times = replicas
    .all()
    .filter(({ state }) => !isWitness(state))
    .map(({ ledger }) => ledgerMs(ledger.time));
  return times.length === 0 ? null : Math.floor(Math.min(...times));
}
