import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchApplication } from './application.ts';
import { withDataDirectory } from './bench-server.ts';
import type { Benchmark } from './benchmark.ts';

const runs = 5;

export const windowOpening: Benchmark = {
  name: 'window',
  title: 'From the start of the application to a window that shows what its server does',
  async *run() {
    yield await withDataDirectory(async (dataDirectory) => {
      const settings = { listenHost: '127.0.0.1', listenPort: 0, name: 'SRV-A' };
      await writeFile(join(dataDirectory, 'server.json'), JSON.stringify(settings));
      const times: number[] = [];
      for (let run = 0; run <= runs; run++) times.push(await timeWindow(dataDirectory));
      const [first = 0, ...later] = times;
      later.sort((a, b) => a - b);
      return {
        name: 'window with the state of the server, median',
        value: later[Math.floor(runs / 2)] ?? 0,
        unit: 'ms',
        note: `of ${later.map(round).join(', ')}; first start ${round(first)}`,
      };
    });
  },
};

async function timeWindow(dataDirectory: string): Promise<number> {
  const beganMs = performance.now();
  const application = new BenchApplication(dataDirectory);
  try {
    await application.waitForText('Serving licences');
    return performance.now() - beganMs;
  } finally {
    await application.end();
  }
}

function round(ms: number): string {
  return ms.toFixed(0);
}
