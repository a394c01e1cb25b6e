import type { Benchmark } from './benchmark.ts';
import { everyoneIsInSync, failBack, withGroup } from './bench-group.ts';
import { BusyClients, describeWaits } from './busy-clients.ts';

const clients = 64;
const rounds = 5;

export const switchover: Benchmark = {
  name: 'switchover',
  title: `Planned switchover and failback with ${clients} clients that renew without a pause`,
  async *run() {
    yield* await withGroup('pair', async (group) => {
      const load = new BusyClients(group, clients);
      await load.begin();
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
      return [describeWaits('switchover', over), describeWaits('failback', back), await load.end()];
    });
  },
};
