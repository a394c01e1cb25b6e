import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { compareTerms, noTerm } from '../../../src-main/node/core/replica/term.ts';
import type { Cluster } from '../cluster.ts';
import type { Member } from '../member.ts';
import type { Excuses } from './excuses.ts';
import { type Report, serves } from './report.ts';

/** Invariants 1 and 4: who serves and answers, in which term, and what a takeover keeps. */
export class Spells {
  /** Terms in which somebody served. */
  count = 0;
  /** Spells that were looked at when they began in memory. */
  readonly #judged = new WeakSet<object>();
  /** Under `continuity`: whose acknowledgements each server waited for when it served last. */
  readonly #syncSets = new Map<string, ReadonlySet<string>>();
  readonly #serving = new WeakSet<ReplicaState>();
  /** By term: the replica that served in it, which is another one after each start. */
  readonly #holders = new Map<string, ReplicaState>();
  /** Number of the latest spell that has answered a client under `majority`. */
  #answeredIn = 0;
  /** The same when each request came. */
  readonly #askedAfter = new Map<number, number>();
  readonly #woken = new Map<Member, { by: Member; atMs: number }>();
  /** Servers whose disk was put back or wiped, until they are in sync again. */
  readonly #replaced = new Set<string>();
  /** Who served last. */
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
    // What it answered in the step with which it ceased to serve, it may have answered without another one.
    if (this.#serving.has(state)) this.#syncSets.set(member.id, new Set(state.syncSet));
    if (!serves(state)) {
      this.#serving.delete(state);
      return;
    }
    this.#serving.add(state);
    this.#lastActive = member.id;
    this.#syncSets.set(member.id, new Set(state.syncSet));
    for (const id of this.#replaced) {
      const { boot } = this.#cluster.members.get(id)?.state ?? {};
      const peer = state.peers.get(id);
      // An active whose disk fails leaves its sync set as it is.
      const hasAll = boot !== undefined && peer?.boot === boot && peer.inSyncSinceMs !== null;
      if (id === member.id || (hasAll && state.syncSet.has(id))) this.#replaced.delete(id);
    }
    this.#checkTerm(member, state);
  }

  /** 1. One active in a term, and no server in one that it has forgotten. */
  #checkTerm({ id }: Member, state: ReplicaState): void {
    const { term } = state;
    const key = `${term.number}/${term.member}/${term.boot ?? ''}`;
    const holder = this.#holders.get(key);
    if (holder !== undefined && holder.self !== id) this.#report(`1: two actives in ${key}`);
    else if (holder !== undefined && holder !== state)
      this.#report(`1: ${id} is active in ${key} anew`);
    if (holder !== undefined) return;
    this.#holders.set(key, state);
    this.count++;
  }

  /** Under `majority` one can be replaced without having heard so: what it says reaches nobody. */
  isReplaced(state: ReplicaState): boolean {
    if (state.ledger.config.membership.rule !== 'majority') return false;
    if (state.term.number < this.#answeredIn) return true;
    return [...this.#cluster.members.values()].some(
      ({ state: other }) => other && compareTerms(other.term, state.term) > 0 && serves(other),
    );
  }

  /** A request has reached a member. */
  noteAsked(requestId: number): void {
    this.#askedAfter.set(requestId, this.#answeredIn);
  }

  /** Keeps in mind who has taken over meanwhile. */
  noteWoken(member: Member): void {
    const { state } = member;
    const { network, options } = this.#cluster;
    const { cut, lossRate, lastCutMs } = network.weather;
    const { takeoverAfterMs = 3_000 } = options.settings;
    // It was the standing still alone for which the other took over.
    const isWhole = cut.size === 0 && lastCutMs < member.suspendedAtMs - takeoverAfterMs;
    if (state?.role.type !== 'active' || !isWhole || lossRate > 0) return;
    // Of one that was taken out, and was down then, it need not wait for anything.
    const by = [...this.#cluster.members.values()].find(
      (other) =>
        state.peers.has(other.id) &&
        other.isActive &&
        compareTerms(other.state?.term ?? noTerm, state.term) > 0,
    );
    if (by) this.#woken.set(member, { by, atMs: this.#cluster.agenda.nowMs });
  }

  /**
   * Protocol section 5. Under `continuity`, an active that stood still while another took over, whom it
   * can reach, answers nothing until it has heard of that.
   */
  #checkWoken(member: Member): void {
    if (member.state?.ledger.config.membership.rule !== 'continuity') return;
    const woken = this.#woken.get(member);
    const { agenda, network, options } = this.#cluster;
    if (!woken?.by.isActive || woken.by.suspended || network.weather.lastCutMs >= woken.atMs)
      return;
    const { takeoverAfterMs = 3_000 } = options.settings;
    if (!member.isActive || agenda.nowMs - woken.atMs >= takeoverAfterMs / 2) return;
    this.#report(`1: ${member.id} stood still and answers, although ${woken.by.id} took over`);
  }

  /** 1. Under `majority` nobody answers what was asked after a later spell had answered. */
  noteAnswered(member: Member, requestId: number): void {
    this.#checkWoken(member);
    if (member.state && member.state.unsureSinceMs !== null) {
      this.#report(`1: ${member.id} stood still and answers before it knows who serves`);
    }
    const askedAfter = this.#askedAfter.get(requestId) ?? 0;
    const { state } = member;
    if (!state || state.ledger.config.membership.rule !== 'majority') return;
    const { number } = state.term;
    if (number < askedAfter && !this.#excuses.excused) {
      this.#report(`1: ${member.id} answers in term ${number} after an answer in ${askedAfter}`);
    }
    this.#answeredIn = Math.max(this.#answeredIn, number);
  }

  #judgeTakeover(member: Member, state: ReplicaState): void {
    this.#cluster.coverage.takeover++;
    this.#cluster.note(`${member.id} is active in ${state.term.number}/${state.term.member}`);
    const rivals = [...this.#cluster.members.values()].filter(
      (other) => other !== member && other.isActive,
    );
    const continuity = state.ledger.config.membership.rule === 'continuity';
    const alone = ({ state }: Member) => state?.ledger.config.membership.rule === 'continuity';
    if (rivals.length > 0 && (continuity || rivals.some(alone))) this.#excuses.excused = true;
    if (continuity && !this.#wasInSync(member)) {
      this.#cluster.note(`${member.id} was not in sync`);
      this.#excuses.excused = true;
    }
    // Who comes to its place late by votes of before, and is replaced already, is told so when it writes.
    if (this.#excuses.excused || this.isReplaced(state)) return;
    // 4. A takeover keeps what clients were told.
    for (const client of this.#cluster.clients) {
      const lease = client.sureOf;
      if (lease && !state.ledger.leases.has(lease.id) && !this.#excuses.leases.has(lease.id)) {
        this.#report(`4: ${member.id} took over without ${lease.id}`);
      }
    }
  }

  /** The server has another disk than it acknowledged anything on. */
  noteDiskReplaced(id: string): void {
    this.#replaced.add(id);
  }

  /** The active before it had not acknowledged anything without this member. */
  #wasInSync(member: Member): boolean {
    if (this.#replaced.has(member.id)) return false;
    if (this.#lastActive === null || this.#lastActive === member.id) return true;
    return this.#syncSets.get(this.#lastActive)?.has(member.id) === true;
  }
}
