import type { Benchmark, Figure } from './benchmark.ts';
import { checkoutRequest, LoadConnection } from './load-connection.ts';
import { benchFeature, startServer, withDataDirectory, withServer } from './bench-server.ts';

const runs = 7;

export const startUp: Benchmark = {
  name: 'start',
  title: 'From the start of the process to the first answered checkout',
  async *run() {
    yield await measureFirstStart();
    yield await measureStart();
  },
};

function measureFirstStart(): Promise<Figure> {
  return withDataDirectory(async (dataDirectory) => {
    const beganMs = performance.now();
    const server = await startServer(dataDirectory);
    const value = performance.now() - beganMs;
    await server.stop();
    return { name: 'first start on an empty directory, to the open port', value, unit: 'ms' };
  });
}

async function measureStart(): Promise<Figure> {
  const times = await withServer(async (server, dataDirectory) => {
    await server.stop();
    const taken: number[] = [];
    for (let run = 0; run < runs; run++) taken.push(await timeFirstCheckout(dataDirectory, run));
    return taken.sort((a, b) => a - b);
  });
  const told = times.map((ms) => ms.toFixed(0)).join(', ');
  const value = times[Math.floor(runs / 2)] ?? 0;
  return { name: 'to the first checkout, median', value, unit: 'ms', note: `of ${told}` };
}

async function timeFirstCheckout(dataDirectory: string, run: number): Promise<number> {
  const beganMs = performance.now();
  const server = await startServer(dataDirectory);
  try {
    const connection = await LoadConnection.open(server.port);
    const { status } = await connection.send(checkoutRequest(benchFeature, `start-${run}`));
    const tookMs = performance.now() - beganMs;
    connection.close();
    if (status !== 201) throw new Error(`The first checkout was answered with ${status}`);
    return tookMs;
  } finally {
    await server.stop();
  }
}
