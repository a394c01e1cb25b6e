import type { Benchmark, Figure } from './benchmark.ts';
import { benchFeature } from './bench-server.ts';
import { withPair } from './bench-pair.ts';
import { putLoad } from './load.ts';
import { CpuMeter, describeLimit } from './process-usage.ts';

const connectionCounts = [1, 16, 64];
const measuredSeconds = 5;

export const replicatedCheckouts: Benchmark = {
  name: 'replicated-checkouts',
  title: 'Checkouts over TLS, durable on both servers of a backup before they are answered',
  async *run() {
    for (const connections of connectionCounts) {
      yield* await withPair(async ({ main, backup }) => {
        const meters = [new CpuMeter(main.pid), new CpuMeter(backup.pid)];
        const load = await putLoad(
          {
            kind: 'checkout',
            connections,
            port: main.port,
            feature: benchFeature,
            instancePrefix: 'b',
            seconds: measuredSeconds,
          },
          {
            onBegin: () => meters.forEach((meter) => meter.restart()),
            onEnd: () => meters.forEach((meter) => meter.stop()),
          },
        );
        const [ofMain, ofBackup] = meters.map(({ shares }) => shares);
        const at = `at ${connections} connection${connections === 1 ? '' : 's'}`;
        const figures: Figure[] = [
          {
            name: `per second ${at}`,
            value: load.perSecond,
            unit: '/s',
            note:
              `main: ${ofMain ? describeLimit(ofMain, load.cpuPercent) : ''}; ` +
              `backup: ${ofBackup ? describeLimit(ofBackup, load.cpuPercent) : ''}`,
          },
          { name: `p50 ${at}`, value: load.p50Ms, unit: 'ms' },
          {
            name: `p99 ${at}`,
            value: load.p99Ms,
            unit: 'ms',
            note: `longest ${load.maxMs.toFixed(1)} ms`,
          },
        ];
        return figures;
      });
    }
  },
};
