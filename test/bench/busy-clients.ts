import { setTimeout as delay } from 'node:timers/promises';
import { RenewingClient } from '../support/renewing-client.ts';
import type { BenchGroup } from './bench-group.ts';
import { benchFeature } from './bench-server.ts';
import type { Figure } from './benchmark.ts';

/** Time before each change in which the usual wait is measured. */
const usualMs = 1_000;

interface Waits {
  usualMs: number;
  longestMs: number;
}

/** Gives `use` clients that have a seat each; ends them when it is over. */
export async function withBusyClients<T>(
  group: BenchGroup,
  count: number,
  use: (clients: BusyClients) => Promise<T>,
): Promise<T> {
  const clients = new BusyClients(group, count);
  try {
    await clients.begin();
    return await use(clients);
  } finally {
    await clients.end();
  }
}

/** Clients of a group that renew without a pause, and what a change of the group costs them. */
export class BusyClients {
  readonly #clients: RenewingClient[];

  constructor({ members }: BenchGroup, count: number) {
    const servers = members.map(({ localAddress }) => localAddress);
    this.#clients = Array.from(
      { length: count },
      (_, number) =>
        new RenewingClient({ instance: `s-${number}`, feature: benchFeature, servers }),
    );
  }

  async begin(): Promise<void> {
    for (const client of this.#clients) await client.checkOut();
  }

  /** The usual wait for a renewal, and the longest one while something is done. */
  async during(change: () => Promise<void>): Promise<Waits> {
    const beganMs = performance.now();
    await delay(usualMs);
    const changedMs = performance.now();
    await change();
    const usual = this.#waits(beganMs, changedMs).sort((a, b) => a - b);
    const longest = this.#waits(changedMs, performance.now());
    return {
      usualMs: usual[Math.floor(usual.length / 2)] ?? 0,
      longestMs: longest.reduce((most, ms) => Math.max(most, ms), 0),
    };
  }

  #waits(fromMs: number, toMs: number): number[] {
    return this.#clients.flatMap(({ renewals }) =>
      renewals
        .filter(({ askedMs, answeredMs }) => answeredMs >= fromMs && askedMs < toMs)
        .map(({ askedMs, answeredMs }) => answeredMs - askedMs),
    );
  }

  /** So far. */
  get failures(): number {
    return this.#clients.reduce((sum, client) => sum + client.failures, 0);
  }

  /** Rejects when one of them lost its seat. */
  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}

export function describeWaits(what: string, all: readonly Waits[]): Figure {
  const extra = all.map(({ usualMs: usual, longestMs }) => longestMs - usual);
  return {
    name: `worst extra wait in a ${what}`,
    value: Math.max(...extra),
    unit: 'ms',
    note: `each: ${extra.map((ms) => ms.toFixed(0)).join(' ')}`,
  };
}
