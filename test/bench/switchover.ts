import type { Benchmark, Figure } from './benchmark.ts';
import { isInSync } from '../support/pair.ts';
import { RenewingClient } from '../support/renewing-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { type BenchPair, withPair } from './bench-pair.ts';
import { benchFeature } from './bench-server.ts';

const clients = 64;
const rounds = 5;

/** Time before each change in which the usual wait is measured. */
const usualMs = 1_000;

interface Waits {
  usualMs: number;
  longestMs: number;
}

export const switchover: Benchmark = {
  name: 'switchover',
  title: `Planned switchover and reclaim with ${clients} clients that renew without a pause`,
  async *run() {
    yield* await withPair(async (pair) => {
      const ports = [pair.main.port, pair.backup.port];
      const load = Array.from(
        { length: clients },
        (_, number) =>
          new RenewingClient({ instance: `s-${number}`, feature: benchFeature, ports }),
      );
      await Promise.all(load.map((client) => client.checkOut()));
      const over: Waits[] = [];
      const back: Waits[] = [];
      for (let round = 0; round < rounds; round++) {
        over.push(await during(load, () => switchOver(pair)));
        back.push(await during(load, () => reclaim(pair)));
      }
      const failures = load.reduce((sum, client) => sum + client.failures, 0);
      await Promise.all(load.map((client) => client.end()));
      return [
        describe('switchover', over),
        describe('reclaim', back),
        { name: 'requests that failed', value: failures, unit: '' },
      ];
    });
  },
};

async function switchOver({ main, backup }: BenchPair): Promise<void> {
  await main.call('switchover', {});
  await waitFor('both are in sync', () => isInSync(backup));
}

/** The main takes over again by itself, as it does after a failure. */
async function reclaim({ main, backup }: BenchPair): Promise<void> {
  await backup.call('failback', {});
  await waitFor('both are in sync', () => isInSync(main));
}

/** The usual wait for a renewal, and the longest one while something is done. */
async function during(load: RenewingClient[], change: () => Promise<void>): Promise<Waits> {
  const beganMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, usualMs));
  const changedMs = performance.now();
  await change();
  const waits = (fromMs: number, toMs: number) =>
    load.flatMap(({ renewals }) =>
      renewals
        .filter(({ askedMs, answeredMs }) => answeredMs >= fromMs && askedMs < toMs)
        .map(({ askedMs, answeredMs }) => answeredMs - askedMs),
    );
  const usual = waits(beganMs, changedMs).sort((a, b) => a - b);
  return {
    usualMs: usual[Math.floor(usual.length / 2)] ?? 0,
    longestMs: waits(changedMs, performance.now()).reduce((most, ms) => Math.max(most, ms), 0),
  };
}

function describe(what: string, all: Waits[]): Figure {
  const extra = all.map(({ usualMs: usual, longestMs }) => longestMs - usual);
  return {
    name: `worst extra wait in a ${what}`,
    value: Math.max(...extra),
    unit: 'ms',
    note: `each: ${extra.map((ms) => ms.toFixed(0)).join(' ')}`,
  };
}
