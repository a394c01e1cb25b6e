import type { Figure } from './benchmark.ts';
import { putLoad, type LoadOptions } from './load.ts';
import { CpuMeter, describeLimit } from './process-usage.ts';
import { benchFeature, withServer } from './bench-server.ts';

const connectionCounts = [1, 16, 64];
const measuredSeconds = 5;

/** Answers per second and their latencies at 1, 16 and 64 connections, a new server each. */
export async function* measureThroughput(kind: LoadOptions['kind']): AsyncGenerator<Figure> {
  for (const connections of connectionCounts) {
    yield* await withServer(({ pid, port }) => measure(kind, connections, pid, port));
  }
}

async function measure(
  kind: LoadOptions['kind'],
  connections: number,
  pid: number,
  port: number,
): Promise<Figure[]> {
  const meter = new CpuMeter(pid);
  const load = await putLoad(
    {
      kind,
      connections,
      port,
      feature: benchFeature,
      instancePrefix: 'b',
      seconds: measuredSeconds,
    },
    { onBegin: () => meter.restart(), onEnd: () => meter.stop() },
  );
  const at = `at ${connections} connection${connections === 1 ? '' : 's'}`;
  return [
    {
      name: `per second ${at}`,
      value: load.perSecond,
      unit: '/s',
      note: describeLimit(meter.shares, load.cpuPercent),
    },
    { name: `p50 ${at}`, value: load.p50Ms, unit: 'ms' },
    {
      name: `p99 ${at}`,
      value: load.p99Ms,
      unit: 'ms',
      note: `longest ${load.maxMs.toFixed(1)} ms`,
    },
  ];
}
