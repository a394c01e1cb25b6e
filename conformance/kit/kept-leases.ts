import { randomUUID } from 'node:crypto';
import type { CheckoutRequest } from '../../src-shared/contract/client-api.ts';
import type { KeptLease } from './answer.ts';

/** The leases of one licence, as one server keeps it or several do that share it. */
export class KeptLeases {
  unitsMax: number;
  readonly #leases = new Map<string, KeptLease>();

  constructor(unitsMax = 5) {
    this.unitsMax = unitsMax;
  }

  /** Those that have not ended. */
  get live(): KeptLease[] {
    for (const lease of this.#leases.values()) {
      if (lease.endsAtMs <= Date.now()) this.#leases.delete(lease.id);
    }
    return [...this.#leases.values()];
  }

  find(id: string): KeptLease | undefined {
    return this.live.find((lease) => lease.id === id);
  }

  /** The lease of the holder, a new one, or null when no unit is free. */
  grant(
    { client, units, borrowUntil }: CheckoutRequest,
    ttlSeconds: number,
  ): { lease: KeptLease; isNew: boolean } | null {
    const held = this.live.find(({ holder }) => holder.instance === client.instance);
    const used = this.live.reduce((sum, lease) => sum + lease.units, 0);
    if (!held && used + units > this.unitsMax) return null;
    const { instance, user, host } = client;
    const lease: KeptLease = {
      id: held?.id ?? randomUUID(),
      holder: { instance, user, host },
      units,
      borrowUntil,
      endsAtMs: 0,
    };
    this.#leases.set(lease.id, lease);
    this.prolong(lease, ttlSeconds);
    return { lease, isNew: !held };
  }

  /** Takes in one that another server granted. */
  adopt(lease: KeptLease): KeptLease {
    this.#leases.set(lease.id, lease);
    return lease;
  }

  prolong(lease: KeptLease, ttlSeconds: number): void {
    const { borrowUntil } = lease;
    lease.endsAtMs = borrowUntil ? Date.parse(borrowUntil) : Date.now() + ttlSeconds * 1000;
  }

  end(id: string): void {
    this.#leases.delete(id);
  }

  /** Somebody else takes so many units. */
  occupy(units: number): void {
    const holder = { instance: randomUUID(), user: 'bob', host: 'ws-2' };
    const id = randomUUID();
    this.#leases.set(id, { id, holder, units, borrowUntil: undefined, endsAtMs: Infinity });
  }
}
