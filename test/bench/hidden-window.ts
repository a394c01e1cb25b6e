import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SessionBus } from '../e2e/support/session-bus.ts';
import { TrayHost } from '../e2e/support/tray-host.ts';
import { BenchApplication } from './application.ts';
import { withDataDirectory } from './bench-server.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { CpuMeter } from './process-usage.ts';

/** What a window leaves behind when it is hidden is cleared up by then. */
const settleMs = 20_000;
const measuredMs = 60_000;

/** The process of the embedded server, which is not what is measured here. */
const nodeKind = 'node.mojom.NodeService';

export const hiddenWindow: Benchmark = {
  name: 'hidden',
  title: 'Processor use of the application around its server, by a window that is shown and hidden',
  async *run() {
    const bus = await SessionBus.start();
    try {
      await TrayHost.start(bus, { visible: true });
      yield* await withDataDirectory((dataDirectory) => measure(dataDirectory, bus.address));
    } finally {
      await bus.close();
    }
  },
};

async function measure(dataDirectory: string, busAddress: string): Promise<Figure[]> {
  const settings = { listenHost: '127.0.0.1', listenPort: 0, name: 'SRV-A' };
  await writeFile(join(dataDirectory, 'server.json'), JSON.stringify(settings));
  const application = new BenchApplication(dataDirectory, { busAddress });
  try {
    await application.waitForText('Serving licences');
    const shown = await measureProcesses(application, 'window shown');
    await application.closeWindow();
    return [...shown, ...(await measureProcesses(application, 'window hidden'))];
  } finally {
    await application.end();
  }
}

async function measureProcesses(application: BenchApplication, when: string): Promise<Figure[]> {
  await delay(settleMs);
  const meters = application
    .processes()
    .filter(({ kind }) => kind !== nodeKind)
    .map(({ kind, pid }) => ({ kind, meter: new CpuMeter(pid) }));
  await delay(measuredMs);
  const shares = meters.map(({ kind, meter }) => {
    meter.stop();
    return { kind, percent: meter.shares?.total ?? 0 };
  });
  const total = shares.reduce((sum, { percent }) => sum + percent, 0);
  const parts = shares.map(({ kind, percent }) => `${kind} ${percent.toFixed(2)}`);
  const note = `${parts.join(', ')}; over ${measuredMs / 1_000} s`;
  return [{ name: when, value: total, unit: '% of a core', note }];
}
