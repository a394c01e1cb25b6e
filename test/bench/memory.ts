import type { Benchmark, Figure } from './benchmark.ts';
import { putLoad } from './load.ts';
import { readResidentMegabytes } from './process-usage.ts';
import { benchFeature, startServer, withServer, type BenchServer } from './bench-server.ts';

const leaseCounts = [0, 10_000, 100_000];
const connections = 64;

/** Time after a load in which the server gives memory back. */
const settleMs = 5_000;

export const memory: Benchmark = {
  name: 'memory',
  title: 'Memory of the windowless node (resident set)',
  async *run() {
    yield* await withServer(measure);
  },
};

async function measure(server: BenchServer, dataDirectory: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  let leases = 0;
  for (const count of leaseCounts) {
    await takeLeases(server, count - leases, count);
    leases = count;
    figures.push(await readMemory(server, `with ${count.toLocaleString('en')} leases`));
  }
  await server.stop();
  const restarted = await startServer(dataDirectory);
  figures.push(
    await readMemory(restarted, `with ${leases.toLocaleString('en')} leases, restarted`),
  );
  await restarted.stop();
  return figures;
}

async function takeLeases(server: BenchServer, count: number, total: number): Promise<void> {
  if (count <= 0) return;
  const instancePrefix = `m${total}`;
  await putLoad({
    kind: 'checkout',
    connections,
    port: server.port,
    feature: benchFeature,
    instancePrefix,
    seconds: 0,
    count,
  });
}

async function readMemory(server: BenchServer, name: string): Promise<Figure> {
  const atOnce = readResidentMegabytes(server.pid);
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const value = readResidentMegabytes(server.pid);
  if (value === undefined || atOnce === undefined) {
    return { name, value: Number.NaN, unit: 'MB', note: 'this system has no /proc' };
  }
  return { name, value, unit: 'MB', note: `${atOnce.toFixed(0)} MB just before it came to rest` };
}
