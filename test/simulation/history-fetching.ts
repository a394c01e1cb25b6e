import { historyRowsMax } from '../../src-shared/contract/peers.ts';
import { deriveReplicaView } from '../../src-main/node/core/replica/replica-view.ts';
import type { ReplicaState } from '../../src-main/node/core/replica/replica-state.ts';
import { logSpell } from '../../src-main/node/core/rows/row.ts';
import { historyRetryMs, historySources } from '../../src-main/node/replicas/history-sync.ts';
import { isOtherMember } from '../../src-main/node/replicas/membership.ts';
import type { HistoryGap } from '../../src-main/node/store/store.ts';
import type { MemoryLedger, MemoryPage } from '../support/memory-ledger.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';

/**
 * What `HistorySync` does, on simulated time: it waits for promises and timers of the real clock, so that
 * the order of its calls stands here once more. Whom it asks, and when, is its own.
 */
export class HistoryFetching {
  readonly #cluster: Cluster;
  /** Fetching now; true: more was found to be missing meanwhile. */
  readonly #filling = new Map<ReplicaState, boolean>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Another server can be reached again. */
  noteReached(id: string): void {
    const member = this.#cluster.members.get(id);
    if (member) this.look(member);
  }

  /** Some of the history is known to be elsewhere. */
  look(member: Member): void {
    const { state, store } = member;
    if (!state || !store) return;
    if (this.#filling.has(state)) {
      this.#filling.set(state, true);
      return;
    }
    if (store.history.gaps.length === 0) return;
    this.#filling.set(state, false);
    this.#fillAll(member, state, store, [...store.history.gaps]);
  }

  #fillAll(member: Member, state: ReplicaState, store: MemoryLedger, gaps: HistoryGap[]): void {
    const gap = gaps.shift();
    if (member.state !== state) return;
    if (!gap) {
      const foundMore = this.#filling.get(state) === true;
      this.#filling.delete(state);
      if (foundMore) this.look(member);
      else if (store.history.gaps.length > 0) this.#retry(member, state);
      return;
    }
    const sources = historySources(deriveReplicaView(state), member.id, gap.spell);
    const next = () => this.#fillAll(member, state, store, gaps);
    this.#fillGap({ member, state, store, gap }, gap.from - 1, sources, next);
  }

  #retry(member: Member, state: ReplicaState): void {
    this.#cluster.agenda.after(historyRetryMs, () => {
      if (member.state === state) this.look(member);
    });
  }

  #fillGap(
    at: { member: Member; state: ReplicaState; store: MemoryLedger; gap: HistoryGap },
    after: number,
    sources: readonly string[],
    done: () => void,
  ): void {
    const { member, state, store, gap } = at;
    const [source, ...others] = sources;
    if (source === undefined || after >= gap.to) return done();
    const ask = (other: Member) => readAt(other, member.id, gap, after);
    this.#cluster.call(member, source, ask, (page) => {
      if (member.state !== state) return;
      const isEmpty = page === null || page.upTo < page.from;
      if (isEmpty || !fill(store, gap, page)) this.#fillGap(at, after, others, done);
      else this.#fillGap(at, page.upTo, sources, done);
    });
  }
}

/** The answer of a member that is asked. */
function readAt(
  { id, state, store }: Member,
  from: string,
  { spell, kind, to }: HistoryGap,
  after: number,
): MemoryPage | null {
  if (!state || !store || !isOtherMember(state.ledger.config, from, id)) return null;
  return store.readHistory({ spell, kind, after, upTo: to, limit: historyRowsMax });
}

/** False: what was sent is of no use. */
function fill(store: MemoryLedger, { id }: HistoryGap, page: MemoryPage): boolean {
  const gap = store.history.gaps.find((one) => one.id === id);
  if (!gap) return true;
  const { from, upTo, rows } = page;
  if (gap.spell === logSpell && (from < gap.from || upTo > gap.to)) return false;
  store.fill(gap, rows, { from, upTo });
  return true;
}
