import type { LicenseServer } from '../support/license-server.ts';
import { RenewingClient } from '../support/renewing-client.ts';
import { type BenchGroup, failBack, type Shape, withGroup } from './bench-group.ts';
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

const measured: Shape[] = [
  'pair',
  'pair with a witness',
  'triad',
  'pool of 5',
  'pool of 5, no majority needed',
];

export const takeover: Benchmark = {
  name: 'takeover',
  title: 'Time until a client renews at the next in preference, from the end of the primary',
  async *run() {
    for (const shape of measured) {
      yield* await withGroup(shape, async (group) => [
        ...describe(`${shape}: kill -9, ${killRuns} runs`, await takeovers(group, kill, killRuns)),
        ...describe(
          `${shape}: freeze, takeoverAfter 3,000 ms, ${freezeRuns} runs`,
          await takeovers(group, freeze, freezeRuns),
        ),
      ]);
    }
  },
};

/** Milliseconds from each failure of the primary to the first renewal by the second. */
async function takeovers(
  group: BenchGroup,
  { end, mend }: Failure,
  runs: number,
): Promise<number[]> {
  const { members, primary, second } = group;
  const servers = members.map(({ localAddress }) => localAddress);
  const client = new RenewingClient({ instance: 'takeover', feature: benchFeature, servers });
  await client.checkOut();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await client.firstRenewalBy(primary.id, performance.now());
    const endedMs = performance.now();
    await end(primary);
    times.push((await client.firstRenewalBy(second.id, endedMs)).answeredMs - endedMs);
    await mend(primary);
    await failBack(group);
  }
  await client.end();
  return times;
}

function describe(what: string, times: number[]): Figure[] {
  const sorted = times.toSorted((a, b) => a - b);
  const unit = 'ms';
  return [
    { name: `median, ${what}`, value: sorted[Math.floor(sorted.length / 2)] ?? 0, unit },
    {
      name: `worst, ${what}`,
      value: sorted.at(-1) ?? 0,
      unit,
      note: sorted.map((ms) => ms.toFixed(0)).join(' '),
    },
  ];
}
