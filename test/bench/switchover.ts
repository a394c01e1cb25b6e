import type { Benchmark, Figure } from './benchmark.ts';
import { type BenchGroup, everyoneIsInSync, failBack, withGroup } from './bench-group.ts';
import { type BusyClients, describeWaits, withBusyClients } from './busy-clients.ts';

const clients = 64;
const rounds = 5;

export const switchover: Benchmark = {
  name: 'switchover',
  title: `Planned switchover and failback with ${clients} clients that renew without a pause`,
  async *run() {
    yield* await withGroup('pair', (group) =>
      withBusyClients(group, clients, (load) => measure(group, load)),
    );
  },
};

async function measure(group: BenchGroup, load: BusyClients): Promise<Figure[]> {
  const over = [];
  const back = [];
  for (let round = 0; round < rounds; round++) {
    over.push(
      await load.during(async () => {
        await group.primary.call('switchover', {});
        await everyoneIsInSync(group.second);
      }),
    );
    back.push(await load.during(() => failBack(group)));
  }
  return [
    describeWaits('switchover', over),
    describeWaits('failback', back),
    { name: 'requests that failed', value: load.failures, unit: '' },
  ];
}
