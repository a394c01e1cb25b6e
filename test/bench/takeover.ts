import type { Benchmark, Figure } from './benchmark.ts';
import {
  type BenchPair,
  inSync,
  type PairedServer,
  until,
  valueOf,
  withPair,
} from './bench-pair.ts';
import { benchFeature } from './bench-server.ts';
import { RenewingClient } from '../support/renewing-client.ts';

const killRuns = 20;
const freezeRuns = 5;

export const takeover: Benchmark = {
  name: 'takeover',
  title: 'Time until a client renews at the backup, from the end of the main',
  async *run() {
    yield* await withPair(async (pair) => {
      const client = await renewing(pair);
      const afterKill = await afterKills(pair, client);
      const afterFreeze = await afterFreezes(pair, client);
      await client.end();
      return [
        ...describe(`after kill -9, ${killRuns} runs`, afterKill),
        ...describe(`after a freeze, takeoverAfter 3,000 ms, ${freezeRuns} runs`, afterFreeze),
      ];
    });
    const strict = async (pair: BenchPair) => {
      const client = await renewing(pair);
      const afterKill = await afterKills(pair, client);
      await client.end();
      return describe(`after kill -9, with a witness, ${killRuns} runs`, afterKill);
    };
    yield* await withPair(strict, { strict: true });
  },
};

async function renewing({ main, backup }: BenchPair): Promise<RenewingClient> {
  const ports = [main.port, backup.port];
  const client = new RenewingClient({ instance: 'takeover', feature: benchFeature, ports });
  await client.checkOut();
  return client;
}

async function afterKills({ main, backup }: BenchPair, client: RenewingClient): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < killRuns; run++) {
    await client.firstRenewalBy(main.id, performance.now());
    const endedMs = performance.now();
    main.kill();
    times.push((await client.firstRenewalBy(backup.id, endedMs)).answeredMs - endedMs);
    await main.start();
    await giveBack(main, backup);
  }
  return times;
}

async function afterFreezes(
  { main, backup }: BenchPair,
  client: RenewingClient,
): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < freezeRuns; run++) {
    await client.firstRenewalBy(main.id, performance.now());
    const frozenMs = performance.now();
    process.kill(main.pid, 'SIGSTOP');
    times.push((await client.firstRenewalBy(backup.id, frozenMs)).answeredMs - frozenMs);
    process.kill(main.pid, 'SIGCONT');
    await giveBack(main, backup);
  }
  return times;
}

/** The main serves again, with everything on both. */
async function giveBack(main: PairedServer, backup: PairedServer): Promise<void> {
  await until('the main is in sync', () => inSync(backup));
  valueOf(await backup.admin.call('failback', {}));
  await until('both are in sync', () => inSync(main));
}

function describe(what: string, times: number[]): Figure[] {
  const sorted = times.toSorted((a, b) => a - b);
  const unit = 'ms';
  return [
    { name: `median ${what}`, value: sorted[Math.floor(sorted.length / 2)] ?? 0, unit },
    {
      name: `worst ${what}`,
      value: sorted.at(-1) ?? 0,
      unit,
      note: sorted.map((ms) => ms.toFixed(0)).join(' '),
    },
  ];
}
