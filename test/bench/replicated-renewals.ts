import type { Benchmark } from './benchmark.ts';
import { withPair } from './bench-pair.ts';
import { benchFeature } from './bench-server.ts';
import { putLoad } from './load.ts';

const connectionCounts = [1, 64];
const measuredSeconds = 5;

export const replicatedRenewals: Benchmark = {
  name: 'replicated-renewals',
  title:
    'Renewals over TLS at the main of a backup; with a witness each takes a round of heartbeats',
  async *run() {
    for (const strict of [false, true]) {
      for (const connections of connectionCounts) {
        yield* await withPair(
          async ({ main }) => {
            const load = await putLoad({
              kind: 'renew',
              connections,
              port: main.port,
              feature: benchFeature,
              instancePrefix: 'r',
              seconds: measuredSeconds,
            });
            const at = `at ${connections} connection${connections === 1 ? '' : 's'}`;
            const how = strict ? 'with a witness' : 'without';
            return [{ name: `per second ${at}, ${how}`, value: load.perSecond, unit: '/s' }];
          },
          { strict },
        );
      }
    }
  },
};
