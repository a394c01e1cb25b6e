import type { LicenseServer } from '../support/license-server.ts';
import { isInSync } from '../support/pair.ts';
import { RenewingClient } from '../support/renewing-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { type BenchPair, withPair } from './bench-pair.ts';
import { benchFeature } from './bench-server.ts';
import type { Benchmark, Figure } from './benchmark.ts';

const killRuns = 20;
const freezeRuns = 5;

/** How a server ends, and how it comes back. */
interface Failure {
  end: (server: LicenseServer) => void | Promise<void>;
  mend: (server: LicenseServer) => void | Promise<void>;
}

const kill: Failure = { end: (server) => server.kill(), mend: (server) => server.start() };
const freeze: Failure = { end: (server) => server.freeze(), mend: (server) => server.thaw() };

export const takeover: Benchmark = {
  name: 'takeover',
  title: 'Time until a client renews at the backup, from the end of the main',
  async *run() {
    yield* await withPair(async (pair) => [
      ...describe(`after kill -9, ${killRuns} runs`, await takeovers(pair, kill, killRuns)),
      ...describe(
        `after a freeze, takeoverAfter 3,000 ms, ${freezeRuns} runs`,
        await takeovers(pair, freeze, freezeRuns),
      ),
    ]);
    const strict = { strict: true };
    const times = await withPair((pair) => takeovers(pair, kill, killRuns), strict);
    yield* describe(`after kill -9, with a witness, ${killRuns} runs`, times);
  },
};

/** Milliseconds from each failure of the main to the first renewal by the backup. */
async function takeovers(
  { main, backup }: BenchPair,
  { end, mend }: Failure,
  runs: number,
): Promise<number[]> {
  const ports = [main.port, backup.port];
  const client = new RenewingClient({ instance: 'takeover', feature: benchFeature, ports });
  await client.checkOut();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await client.firstRenewalBy(main.id, performance.now());
    const endedMs = performance.now();
    await end(main);
    times.push((await client.firstRenewalBy(backup.id, endedMs)).answeredMs - endedMs);
    await mend(main);
    // The main serves again, with everything on both.
    await waitFor('the main is in sync', () => isInSync(backup));
    await backup.call('failback', {});
    await waitFor('both are in sync', () => isInSync(main));
  }
  await client.end();
  return times;
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
