import { historyRowsMax } from '../../../src-shared/contract/peers.ts';
import type { RecordedEvent } from '../core/ledger/change.ts';
import type { ReplicaView } from '../core/replica/replica-view.ts';
import { logSpell, type SpellId } from '../core/rows/row.ts';
import {
  type HistoryGap,
  HistoryUnreadable,
  type Store,
  type StoredEvent,
} from '../store/store.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { Journal } from '../store/journal.ts';
import type { Log } from '../base/log.ts';
import type { Replicas } from './replicas.ts';
import type { ReplicaLinks } from './replica-exchange.ts';
import type { Partners } from '../peers/pairing/partners.ts';
import { JournalShares, journalShareMax } from './journal-shares.ts';
import { isOtherMember } from './membership.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';

export interface HistorySyncOptions {
  serverId: string;
  store: Pick<Store, 'gaps' | 'readHistory' | 'fillHistory' | 'readJournal'>;
  commits: Pick<CommitQueue, 'addToJournal' | 'settled'>;
  replicas: Replicas;
  partners: Partners;
  calls: PeerCalls;
  servers: Pick<ReplicaLinks, 'send' | 'isConnected'>;
  journal: Pick<Journal, 'sequence'>;
  /** Highest sequence of every journal that is stored. */
  journals: Readonly<Record<string, number>>;
  log: Pick<Log, 'warn'>;
  /** Monotonic; another one in tests. */
  nowMs?: () => number;
  onEvents: (events: readonly StoredEvent[]) => void;
}

/** How long journal entries are gathered before other servers are told. */
const tellAfterMs = 200;

/** Time before missing history is asked for again. */
export const historyRetryMs = 10_000;

/**
 * Brings together what happened: journals of related servers, and the usage and timeline of a ledger
 * that did not come with it.
 */
export class HistorySync {
  readonly #options: HistorySyncOptions;
  readonly #held: Map<string, number>;
  readonly #reading = new Set<string>();
  readonly #shares: JournalShares;
  /** Journals of which more was told while they were read. */
  readonly #grew = new Set<string>();
  /** Servers that took part in a ledger when it was last looked. */
  #met = new Set<string>();
  #filling = false;
  /** More was found to be missing while what was known to be was fetched. */
  #foundMore = false;
  #retry: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: HistorySyncOptions) {
    this.#options = options;
    this.#held = new Map(Object.entries(options.journals));
    this.#shares = new JournalShares(options.nowMs ?? (() => performance.now()));
  }

  handlers(): PeerHandlers<'journal.read' | 'history.read'> {
    const { store, replicas, partners, serverId } = this.#options;
    const limit = historyRowsMax;
    return {
      'journal.read': async (from, { after }) => {
        if (!partners.has(from)) return { ok: true, value: { events: [] } };
        const events = await store.readJournal({ server: serverId, after, limit });
        return { ok: true, value: { events } };
      },
      'history.read': async (from, query) => {
        const replica = replicas.get(query.ledger);
        if (!replica || !isOtherMember(replica.view().config, from, serverId)) {
          return { ok: true, value: { docs: [], from: query.after + 1, upTo: query.after } };
        }
        return { ok: true, value: await store.readHistory({ ...query, limit }) };
      },
    };
  }

  /** A server was connected. */
  noteConnected(id: string): void {
    if (!this.#options.partners.has(id)) return;
    void this.#readJournal(id);
    void this.#fillGaps();
  }

  /** The journal of another server has grown. */
  noteOtherGrown(server: string, sequence: number): void {
    if (!this.#options.partners.has(server)) return;
    const held = this.#held.get(server) ?? 0;
    if (sequence <= held) return;
    // Of a long absence only the end is read: a server has its share of the timeline and no more.
    this.#held.set(server, Math.max(held, sequence - journalShareMax));
    void this.#readJournal(server);
  }

  /** Usage or timeline of a ledger is known to be elsewhere. */
  noteMissing(): void {
    void this.#fillGaps();
  }

  /** Other servers may take part in a ledger now: they are told of the journal here, and asked. */
  noteConfig(): void {
    const { servers, journal, partners } = this.#options;
    const related = partners.ids();
    for (const id of related) {
      if (this.#met.has(id) || !servers.isConnected(id)) continue;
      servers.send(id, { type: 'journalGrew', sequence: journal.sequence });
      this.noteConnected(id);
    }
    this.#met = related;
  }

  /** This server's own journal has grown. */
  noteGrown(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const { servers, journal, partners } = this.#options;
      for (const id of partners.ids()) {
        if (!servers.isConnected(id)) continue;
        servers.send(id, { type: 'journalGrew', sequence: journal.sequence });
      }
    }, tellAfterMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#telling);
    clearTimeout(this.#retry);
    this.#shares.stop();
  }

  async #readJournal(from: string): Promise<void> {
    if (this.#stopped) return;
    if (this.#reading.has(from)) {
      this.#grew.add(from);
      return;
    }
    this.#reading.add(from);
    const { calls, commits, log } = this.#options;
    try {
      for (;;) {
        if (!this.#shares.mayTake(from)) {
          this.#shares.retry(from, () => void this.#readJournal(from));
          return;
        }
        const after = this.#held.get(from) ?? 0;
        const answer = await calls.call(from, 'journal.read', { after });
        if (!answer.ok || this.#stopped) return;
        // A server speaks for its own journal only.
        const events = answer.value.events.filter(
          ({ server, sequence }) => server === from && sequence > after,
        ) as RecordedEvent[];
        const last = events.at(-1);
        if (!last) return;
        this.#shares.note(from, events.length);
        commits.addToJournal(events);
        this.#held.set(from, last.sequence);
        await commits.settled();
      }
    } catch (error) {
      log.warn('The journal of another server could not be read', error);
    } finally {
      this.#reading.delete(from);
      // The journal may have grown after the last answer was given.
      if (this.#grew.delete(from)) void this.#readJournal(from);
    }
  }

  async #fillGaps(): Promise<void> {
    this.#foundMore = this.#filling;
    if (this.#filling || this.#stopped) return;
    this.#filling = true;
    clearTimeout(this.#retry);
    let isComplete = false;
    try {
      const gaps = await this.#options.store.gaps();
      for (const gap of gaps) await this.#fillGap(gap);
      isComplete = (await this.#options.store.gaps()).length === 0;
    } catch (error) {
      if (!this.#stopped) this.#options.log.warn('History could not be completed', error);
    }
    this.#filling = false;
    if (this.#foundMore) return this.#fillGaps();
    if (isComplete || this.#stopped) return;
    this.#retry = setTimeout(() => void this.#fillGaps(), historyRetryMs);
  }

  async #fillGap({ id, ledger, spell, kind, from, to }: HistoryGap): Promise<void> {
    const { store, replicas, servers, serverId, calls, log, onEvents } = this.#options;
    const hosted = replicas.get(ledger);
    if (!hosted) return;
    let after = from - 1;
    for (const member of historySources(hosted.view(), serverId, spell)) {
      while (after < to && servers.isConnected(member) && !this.#stopped) {
        const query = { ledger, spell, kind, after, upTo: to };
        const answer = await calls.call(member, 'history.read', query);
        if (!answer.ok || answer.value.upTo < answer.value.from) break;
        const { upTo } = answer.value;
        if (answer.value.from <= after || upTo > to) {
          log.warn(`${member} answered with history of ledger ${ledger} that nobody asked for.`);
          break;
        }
        try {
          const events = await store.fillHistory({ gap: id, ...answer.value });
          if (events.length > 0) onEvents(events);
        } catch (error) {
          if (!(error instanceof HistoryUnreadable)) throw error;
          log.warn(`History of ledger ${ledger} from ${member} is of no use: ${error.message}`);
          break;
        }
        after = upTo;
      }
    }
  }
}

/**
 * The members to ask for missing rows. Any member is asked for rows of a spell: no two spells have the
 * same name. Only the active, and members that are synchronised with it, are asked for rows of the time
 * as a log: another member can still have rows of what it granted alone, under numbers that mean
 * something else by now.
 */
export function historySources(
  { active, synchronised, config }: Pick<ReplicaView, 'active' | 'synchronised' | 'config'>,
  serverId: string,
  spell: SpellId,
): string[] {
  const others = config.membership.members.filter((id) => id !== serverId);
  if (spell !== logSpell) return others;
  return others.filter((id) => id === active || synchronised.includes(id));
}
