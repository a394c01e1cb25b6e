import { ttlMs } from '../client.ts';
import type { Lease } from '../../../src-shared/model/lease.ts';
import { currentGrant } from '../../../src-main/node/core/ledger/ledger.ts';
import { isToldLease } from '../../../src-main/node/core/ledger/overdraft.ts';
import type { ReplicaEvent } from '../../../src-main/node/core/replica/replica-event.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import type { Cluster } from '../cluster.ts';
import type { Member } from '../member.ts';
import type { Excuses } from './excuses.ts';
import type { Report } from './report.ts';

/** Invariants 2, 3 and 5: what is out, what clients rely on, and what has ended. */
export class Seats {
  readonly told = new Map<string, Lease>();
  /** Leases whose end a client was told. */
  readonly ended = new Set<string>();
  #capMax = 0;
  readonly #cluster: Cluster;
  readonly #excuses: Excuses;
  readonly #report: Report;

  constructor(cluster: Cluster, excuses: Excuses, report: Report) {
    this.#cluster = cluster;
    this.#excuses = excuses;
    this.#report = report;
  }

  noteCap(units: number): void {
    this.#capMax = Math.max(this.#capMax, units);
  }

  /** Of a member that serves. */
  check(member: Member, state: ReplicaState, event: ReplicaEvent): void {
    this.#checkEnded(member, state);
    this.#checkOneEach(member, state);
    if (event.type === 'ticked') this.#checkBorrowed(member, state);
    this.#checkCap(state);
    // What an acknowledgement makes an overdraft is written down by the next decision.
    const decides = event.type === 'requestsReceived' || state.lastLedgerTickMs === state.nowMs;
    if (decides) this.#checkRecorded(state);
  }

  /** 5. What ended stays ended. */
  #checkEnded(member: Member, { ledger, commitIndex, termIndex }: ReplicaState): void {
    // One that was elected but has nothing committed yet tells nobody anything.
    if (this.#excuses.excused || commitIndex < termIndex) return;
    for (const leaseId of ledger.leases.keys()) {
      if (this.ended.has(leaseId) && !this.#excuses.leases.has(leaseId)) {
        this.#report(`5: ${leaseId} was ended and lives at ${member.id}`);
      }
    }
  }

  /** Product, point 17: one instance has one lease of a licence. */
  #checkOneEach(member: Member, { ledger }: ReplicaState): void {
    if (this.#excuses.excused || ledger.leaseIdBySeat.size === ledger.leases.size) return;
    // What no client was told of lives until it runs out, and comes to light when members unite.
    const keptRows = ledger.rows !== null || ledger.formerSpells.length > 0;
    if (keptRows && !this.#hasTwoTold(ledger)) return;
    this.#report(`product 17: an instance has two leases at ${member.id}`);
  }

  /**
   * A server that ends can take with it that a client was told. A client that does not number its requests may
   * then get another lease of its own, of which it was never told.
   */
  #hasTwoTold(ledger: ReplicaState['ledger']): boolean {
    const { numbered } = this.#cluster.options;
    const seats = [...ledger.leases.values()]
      .filter(({ id }) => this.told.has(id) && !this.#excuses.leases.has(id))
      .filter((lease) => numbered === true || isToldLease(ledger, lease))
      .map(({ holder, licenseId }) => `${holder.instance} ${licenseId}`);
    return new Set(seats).size < seats.length;
  }

  /** Product, point 11: what is borrowed stays taken to its end, though nobody renews it. */
  #checkBorrowed(member: Member, { ledger, commitIndex, termIndex }: ReplicaState): void {
    if (this.#excuses.excused || commitIndex < termIndex) return;
    for (const { sureOf } of this.#cluster.clients) {
      if (sureOf === null || sureOf.borrowUntilMs === null) continue;
      if (ledger.leases.has(sureOf.id) || this.#excuses.leases.has(sureOf.id)) continue;
      this.#report(`product 11: ${sureOf.id} is borrowed and not held at ${member.id}`);
    }
  }

  #checkCap({ ledger }: ReplicaState): void {
    const relied = this.#cluster.clients.reduce(
      (sum, client) => sum + (client.wish === 'uncovered' ? 0 : client.units),
      0,
    );
    const { excused, leases } = this.#excuses;
    // A lease that was lost comes back by its token.
    const isLate = [...ledger.leases.keys()].some((id) => leases.has(id));
    if (relied > this.#capMax && !excused && !this.#reliesOnLost()) {
      // 2 and 3. More than the licence ever had.
      this.#report(`2/3: clients rely on ${relied} of ${this.#capMax} units`);
    }
    if (this.#capWasLowered()) return;
    // With three, one that followed the former active cannot know what of it was never told.
    const two = ledger.config.membership.members.length <= 2;
    if (ledger.meta.overdraft && !excused && !isLate && two)
      this.#report('3: overdraft without two actives');
  }

  /** 3. What is out beyond the licence is said. */
  #checkRecorded({ ledger }: ReplicaState): void {
    if (this.#capWasLowered()) return;
    const license = ledger.licenses.get('lic-cad');
    const out = ledger.rows
      ? this.#unitsShown(ledger)
      : (ledger.unitCountByLicense.get('lic-cad')?.units ?? 0);
    if (license && out > currentGrant(license).units && !ledger.meta.overdraft) {
      this.#report(`3: ${out} units are out and no overdraft is recorded`);
    }
  }

  #reliesOnLost(): boolean {
    return this.#cluster.clients.some(
      ({ sureOf }) => sureOf && this.#excuses.leases.has(sureOf.id),
    );
  }

  /** Of leases that their holders showed to the server that serves, or that it told them of. */
  #unitsShown({ leases, unshown }: ReplicaState['ledger']): number {
    let units = 0;
    for (const lease of leases.values()) {
      if (lease.licenseId !== 'lic-cad' || unshown.has(lease.id)) continue;
      if (this.told.has(lease.id)) units += lease.units;
    }
    return units;
  }

  #capWasLowered(): boolean {
    return this.#cluster.admin.serial > 2;
  }

  /**
   * 5, at the end: what was returned on any side does not live, also after two served at once. Only a
   * copy that is gone took its returns with it.
   */
  checkEndedForGood(): void {
    for (const id of this.#cluster.active?.state?.ledger.leases.keys() ?? []) {
      const isLost = this.#excuses.leases.has(id);
      if (this.ended.has(id) && !isLost) this.#report(`5: ${id} was ended and lives after all`);
    }
  }

  /**
   * What did not survive that members were united: leases that a holder relies on and that the server
   * which serves does not have, those that live although their holder has another one by now, and those that
   * were renewed last by a server that was taken out: nobody else knows that they live for so long.
   */
  lostTo({ ledger }: ReplicaState): string[] {
    const lost: string[] = [];
    for (const { instance, held, sureOf } of this.#cluster.clients) {
      const signer = held?.token.proof.signer ?? '';
      const isWithMembers = ledger.config.membership.members.includes(signer);
      if (sureOf && !(ledger.leases.has(sureOf.id) && isWithMembers)) lost.push(sureOf.id);
      for (const { id, holder } of ledger.leases.values()) {
        if (holder.instance === instance && id !== held?.lease.id) lost.push(id);
      }
    }
    return lost;
  }

  /**
   * How long a lease lives at most that nobody renews: longer than its licence says when that came later, or
   * was on disks that were replaced and is nowhere now.
   */
  longestLifeMs(): number {
    const queues = this.#cluster.active?.state?.ledger.clock.queueByTtlMs.keys() ?? [];
    return Math.max(ttlMs, ...queues);
  }

  /** 5. Leases that nobody renews run out: nothing keeps a seat for ever. */
  checkRunOut(): void {
    for (const lease of this.#cluster.active?.state?.ledger.leases.values() ?? []) {
      if (lease.borrowUntilMs === null) this.#report(`5: ${lease.id} does not run out`);
    }
  }
}
