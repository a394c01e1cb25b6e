import { leaseIdOf } from '../../src-main/node/core/rows/lease-id.ts';
import type { ListedLease } from '../../src-shared/model/lease.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';

/** What clients know of one seat. A request whose answer was lost leaves it in doubt. */
type Seat =
  { state: 'asked' } | { state: 'held'; leaseId: string } | { state: 'returning'; leaseId: string };

/** Everything that clients were told, to be compared with what a server has after a crash. */
export class LeaseAccount {
  /** Units that may be granted beyond the licence, while servers are cut off from each other. */
  overdraftMax = 0;
  readonly #unitsMax: number;
  readonly #seats = new Map<string, Seat>();
  /** Of the last request of each instance for a seat. */
  readonly #numbers = new Map<string, number>();
  /**
   * Requests of each instance that it gave up and that a server may have granted before it was lost. Of
   * such a seat nobody was told: it comes to light when that server is back, and takes no told unit.
   */
  readonly #givenUp = new Map<string, number[]>();
  readonly #returned = new Set<string>();
  readonly #leaseIds = new Set<string>();
  readonly violations: string[] = [];

  /** `unitsMax`: units of the licence; each seat is one. */
  constructor(unitsMax: number) {
    this.#unitsMax = unitsMax;
  }

  get returnedCount(): number {
    return this.#returned.size;
  }

  /** The lease that an instance was told of and did not begin to give back. */
  held(instance: string): string | undefined {
    const seat = this.#seats.get(instance);
    return seat?.state === 'held' ? seat.leaseId : undefined;
  }

  /** Instance and lease of every seat that a client was told of and did not begin to give back. */
  allHeld(): [instance: string, leaseId: string][] {
    return [...this.#seats].flatMap(([instance, seat]) =>
      seat.state === 'held' ? [[instance, seat.leaseId] as [string, string]] : [],
    );
  }

  /** The number of the request: that of the one before as long as it is for the same seat. */
  beginCheckout(instance: string): number {
    const number = this.#numbers.get(instance) ?? 0;
    const { state } = this.#seats.get(instance) ?? {};
    if (state === undefined) this.#seats.set(instance, { state: 'asked' });
    if (state === 'asked' || state === 'held') return number;
    this.#numbers.set(instance, number + 1);
    return number + 1;
  }

  noteGranted(instance: string, leaseId: string, created: boolean): void {
    const seat = this.#seats.get(instance);
    if (seat?.state === 'held' && seat.leaseId !== leaseId) {
      this.violations.push(`${instance} held ${seat.leaseId} and was given ${leaseId} too`);
    }
    if (seat?.state === 'returning' && seat.leaseId !== leaseId) this.#returned.add(seat.leaseId);
    if (created && this.#leaseIds.has(leaseId)) this.violations.push(`${leaseId} was used again`);
    this.#leaseIds.add(leaseId);
    if (this.#returned.has(leaseId)) this.violations.push(`${leaseId} was returned and is alive`);
    this.#seats.set(instance, { state: 'held', leaseId });
    const heldCount = this.allHeld().length;
    if (created && heldCount > this.#unitsMax + this.overdraftMax) {
      this.violations.push(`clients hold ${heldCount} seats of ${this.#unitsMax}`);
    }
  }

  /** `isRetry`: a server that was asked before may have granted it, and did not answer. */
  noteDenied(instance: string, isRetry: boolean): void {
    const seat = this.#seats.get(instance);
    if (seat?.state === 'asked') {
      this.#seats.delete(instance);
      if (isRetry) this.#giveUp(instance);
    }
    // It would have been given the seat that it has: so the return of which it heard nothing was done.
    else if (seat?.state === 'returning') this.noteReturned(instance, seat.leaseId);
    else if (seat) this.violations.push(`${instance} holds ${seat.leaseId} and was denied it`);
  }

  noteRenewed(instance: string, status: number): void {
    const leaseId = this.held(instance);
    if (leaseId !== undefined && status !== 200) {
      this.violations.push(`${instance} could not renew ${leaseId}: status ${status}`);
    }
  }

  beginReturn(instance: string, leaseId: string): void {
    this.#seats.set(instance, { state: 'returning', leaseId });
  }

  noteReturned(instance: string, leaseId: string): void {
    this.#seats.delete(instance);
    this.#returned.add(leaseId);
  }

  /** Compares with what the server has now, and settles what was in doubt by it. */
  compare(leases: readonly ListedLease[], usage: readonly UsageRecord[]): void {
    const told = leases.filter((lease) => !this.#isGivenUp(lease));
    const units = told.reduce((sum, lease) => sum + lease.units, 0);
    if (units > this.#unitsMax + this.overdraftMax) {
      this.violations.push(`${units} units are out of ${this.#unitsMax}`);
    }
    const found = new Map<string, string>();
    const holders = new Set<string>();
    for (const { holder } of leases) {
      const { instance } = holder;
      if (holders.has(instance)) this.violations.push(`${instance} has two leases`);
      holders.add(instance);
    }
    for (const { id, holder } of told) {
      const { instance } = holder;
      if (this.#returned.has(id)) this.violations.push(`${id} was returned and is alive again`);
      if (!this.#seats.has(instance)) this.violations.push(`nobody asked for ${id} (${instance})`);
      found.set(instance, id);
    }
    for (const [instance, seat] of this.#seats) this.#settle(instance, seat, found.get(instance));
    this.#compareUsage(leases, usage);
  }

  #settle(instance: string, seat: Seat, found: string | undefined): void {
    if (seat.state === 'held' && found !== seat.leaseId) {
      this.violations.push(`${instance} was told of ${seat.leaseId}, the server has ${found}`);
    }
    if (seat.state === 'returning' && found !== undefined && found !== seat.leaseId) {
      this.violations.push(`${instance} returned ${seat.leaseId}, the server has ${found}`);
    }
    if (found !== undefined) {
      this.#leaseIds.add(found);
      this.#seats.set(instance, { state: 'held', leaseId: found });
    } else {
      if (seat.state === 'returning') this.#returned.add(seat.leaseId);
      if (seat.state === 'asked') this.#giveUp(instance);
      this.#seats.delete(instance);
    }
  }

  #giveUp(instance: string): void {
    const number = this.#numbers.get(instance) ?? 0;
    this.#givenUp.set(instance, [...(this.#givenUp.get(instance) ?? []), number]);
  }

  #isGivenUp({ id, license, holder }: ListedLease): boolean {
    const numbers = this.#givenUp.get(holder.instance) ?? [];
    return numbers.some((number) => leaseIdOf(holder, number, license) === id);
  }

  /** Seats that were given back and are not in these usage records. */
  uncounted(usage: readonly UsageRecord[]): string[] {
    const counted = new Set(usage.map((one) => (one.kind === 'session' ? one.leaseId : '')));
    return [...this.#returned].filter((id) => !counted.has(id));
  }

  /** Every seat that was given back is in the usage records, once, and none that is still out. */
  #compareUsage(leases: readonly ListedLease[], usage: readonly UsageRecord[]): void {
    const counted = new Set<string>();
    for (const record of usage) {
      if (record.kind !== 'session') continue;
      if (counted.has(record.leaseId)) this.violations.push(`${record.leaseId} is counted twice`);
      counted.add(record.leaseId);
    }
    for (const id of this.uncounted(usage)) {
      this.violations.push(`${id} was returned and is not counted`);
    }
    for (const { id } of leases) {
      if (counted.has(id)) this.violations.push(`${id} is out and counted as ended`);
    }
  }
}
