import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { compareTerms } from '../../../src-main/node/core/replica/term.ts';
import type { Cluster } from '../cluster.ts';
import type { Member } from '../member.ts';
import type { Excuses } from './excuses.ts';
import { type Report, serves } from './report.ts';

/** Invariants 1, 3 (under `majority`) and 4: who serves, in which term, and what a takeover keeps. */
export class Spells {
  /** Terms in which somebody served. */
  count = 0;
  /** Spells that were looked at when they began in memory. */
  readonly #judged = new WeakSet<object>();
  readonly #holders = new Map<string, string>();
  /** Who began to serve last. */
  #lastActive: string | null = null;
  readonly #cluster: Cluster;
  readonly #excuses: Excuses;
  readonly #report: Report;

  constructor(cluster: Cluster, excuses: Excuses, report: Report) {
    this.#cluster = cluster;
    this.#excuses = excuses;
    this.#report = report;
  }

  check(member: Member, state: ReplicaState): void {
    if (state.role.type === 'active' && !this.#judged.has(state.role)) {
      this.#judged.add(state.role);
      this.#judgeTakeover(member, state);
    }
    if (!serves(state)) return;
    this.#checkTerm(member, state);
    this.#checkAlone(member, state);
  }

  /** 1. One active in a term. */
  #checkTerm(member: Member, { term }: ReplicaState): void {
    const key = `${term.number}/${term.member}`;
    const holder = this.#holders.get(key);
    if (holder !== undefined && holder !== member.id) this.#report(`1: two actives in ${key}`);
    if (holder !== undefined) return;
    this.#holders.set(key, member.id);
    this.count++;
    this.#lastActive = member.id;
  }

  /** Protocol section 3. Under `majority` one that was replaced does not even renew. */
  #checkAlone(member: Member, state: ReplicaState): void {
    if (this.#excuses.excused || state.ledger.config.membership.rule !== 'majority') return;
    for (const { id, state: other } of this.#cluster.members.values()) {
      if (!other || compareTerms(other.term, state.term) <= 0 || !serves(other)) continue;
      this.#report(`1: ${member.id} serves after ${id} does in ${other.term.number}/${id}`);
    }
  }

  #judgeTakeover(member: Member, state: ReplicaState): void {
    this.#cluster.note(`${member.id} is active in ${state.term.number}/${state.term.member}`);
    const rivals = [...this.#cluster.members.values()].filter(
      (other) => other !== member && other.isActive,
    );
    const continuity = state.ledger.config.membership.rule === 'continuity';
    const alone = ({ state }: Member) => state?.ledger.config.membership.rule === 'continuity';
    if (rivals.length > 0 && (continuity || rivals.some(alone))) {
      this.#excuses.everTwoActives = true;
    }
    if (continuity && !this.#wasInSync(member)) {
      this.#cluster.note(`${member.id} was not in sync`);
      this.#excuses.lossyTakeover = true;
    }
    if (this.#excuses.excused) return;
    // 4. A takeover keeps what clients were told.
    for (const client of this.#cluster.clients) {
      const lease = client.sureOf;
      if (lease && !state.ledger.leases.has(lease.id)) {
        this.#report(`4: ${member.id} took over without ${lease.id}`);
      }
    }
  }

  /** The active before it had not acknowledged anything without this member. */
  #wasInSync(member: Member): boolean {
    const before = [...this.#cluster.members.values()]
      .filter((other) => other !== member && other.store?.term.member === other.id)
      .sort((a, b) => (b.store?.term.number ?? 0) - (a.store?.term.number ?? 0))[0];
    if (!before?.store || this.#lastActive === member.id) return true;
    return before.store.syncSet.includes(member.id);
  }
}
