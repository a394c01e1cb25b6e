import type { Benchmark, Figure } from './benchmark.ts';
import { putLoad } from './load.ts';
import { CpuMeter } from './process-usage.ts';
import { benchFeature, withServer, type BenchServer } from './bench-server.ts';

const settleMs = 3_000;
const measuredMs = 20_000;

export const idle: Benchmark = {
  name: 'idle',
  title: 'Processor use of a server that nobody asks anything',
  async *run() {
    yield* await withServer(measure);
  },
};

async function measure(server: BenchServer): Promise<Figure[]> {
  const empty = await measureIdle(server, 'with no lease');
  await putLoad({
    kind: 'checkout',
    connections: 16,
    port: server.port,
    feature: benchFeature,
    instancePrefix: 'idle',
    seconds: 0,
    count: 10_000,
  });
  return [empty, await measureIdle(server, 'with 10,000 leases')];
}

async function measureIdle(server: BenchServer, name: string): Promise<Figure> {
  await pause(settleMs);
  const meter = new CpuMeter(server.pid);
  await pause(measuredMs);
  meter.stop();
  const value = meter.shares?.total ?? Number.NaN;
  return { name, value, unit: '% of a core', note: `over ${measuredMs / 1_000} s` };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
