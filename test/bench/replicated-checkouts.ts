import { type BenchGroup, type Shape, withGroup } from './bench-group.ts';
import { benchFeature } from './bench-server.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { putLoad } from './load.ts';
import { CpuMeter, describeLimit } from './process-usage.ts';

const measuredSeconds = 5;

/** Numbers of connections. Servers of one machine share its cores, which more members leave less of. */
const measured: [Shape, number[]][] = [
  ['pair', [1, 16, 64]],
  ['triad', [64]],
  ['pool of 5', [64]],
  ['pool of 5, no majority needed', [64]],
];

export const replicatedCheckouts: Benchmark = {
  name: 'replicated-checkouts',
  title: 'Checkouts over TLS, durable on more than one server before they are answered',
  async *run() {
    let ofPair: number | undefined;
    for (const [shape, connectionCounts] of measured) {
      for (const connections of connectionCounts) {
        const figures = await withGroup(shape, (group) => measure(shape, connections, group));
        yield* figures;
        const perSecond = figures[0]?.value ?? 0;
        if (connections !== 64) continue;
        if (shape === 'pair') ofPair = perSecond;
        else if (ofPair !== undefined) {
          const name = `${shape}: share of what a pair does at 64 connections`;
          yield { name, value: (100 * perSecond) / ofPair, unit: '%' };
        }
      }
    }
  },
};

async function measure(
  shape: Shape,
  connections: number,
  { members, primary, second }: BenchGroup,
): Promise<Figure[]> {
  const meters = members.map(({ pid }) => new CpuMeter(pid));
  const load = await putLoad(
    {
      kind: 'checkout',
      connections,
      port: primary.port,
      feature: benchFeature,
      instancePrefix: 'b',
      seconds: measuredSeconds,
    },
    {
      onBegin: () => meters.forEach((meter) => meter.restart()),
      onEnd: () => meters.forEach((meter) => meter.stop()),
    },
  );
  const [ofPrimary, ofSecond] = meters.map(({ shares }) => shares);
  const at = `${shape}: %, ${connections} connection${connections === 1 ? '' : 's'}`;
  const name = (what: string) => at.replace('%', what);
  const limit = (shares: typeof ofPrimary) =>
    shares ? describeLimit(shares, load.cpuPercent) : '';
  return [
    {
      name: name('per second'),
      value: load.perSecond,
      unit: '/s',
      note: `${primary.name}: ${limit(ofPrimary)}; ${second.name}: ${limit(ofSecond)}`,
    },
    { name: name('p50'), value: load.p50Ms, unit: 'ms' },
    {
      name: name('p99'),
      value: load.p99Ms,
      unit: 'ms',
      note: `longest ${load.maxMs.toFixed(1)} ms`,
    },
  ];
}
