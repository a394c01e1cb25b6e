import type { Benchmark } from './benchmark.ts';
import { type Shape, withGroup } from './bench-group.ts';
import { benchFeature } from './bench-server.ts';
import { putLoad } from './load.ts';

const connectionCounts = [1, 64];
const measuredSeconds = 5;
const measured: Shape[] = ['pair', 'pair with a witness'];

export const replicatedRenewals: Benchmark = {
  name: 'replicated-renewals',
  title:
    'Renewals over TLS at the main of a backup; with a witness each takes a round of heartbeats',
  async *run() {
    for (const shape of measured) {
      for (const connections of connectionCounts) {
        yield await withGroup(shape, async ({ primary }) => {
          const load = await putLoad({
            kind: 'renew',
            connections,
            port: primary.port,
            feature: benchFeature,
            instancePrefix: 'r',
            seconds: measuredSeconds,
          });
          const at = `at ${connections} connection${connections === 1 ? '' : 's'}`;
          return { name: `per second ${at}, ${shape}`, value: load.perSecond, unit: '/s' };
        });
      }
    }
  },
};
