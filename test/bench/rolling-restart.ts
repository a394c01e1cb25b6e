import type { LicenseServer } from '../support/license-server.ts';
import {
  type BenchGroup,
  everyoneIsInSync,
  failBack,
  type Shape,
  withGroup,
} from './bench-group.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { type BusyClients, describeWaits, withBusyClients } from './busy-clients.ts';

const clients = 64;
const measured: Shape[] = ['pair', 'triad', 'pool of 5'];

export const rollingRestart: Benchmark = {
  name: 'rolling-restart',
  title: `Restart of one server after the other with ${clients} clients that renew without a pause`,
  async *run() {
    for (const shape of measured) {
      yield* await withGroup(shape, (group) =>
        withBusyClients(group, clients, (load) => restartAll(shape, group, load)),
      );
    }
  },
};

/** The primary comes last, as docs/admin/upgrade.md says, and serves again after it. */
async function restartAll(shape: Shape, group: BenchGroup, load: BusyClients): Promise<Figure[]> {
  const { members, primary, second } = group;
  const beganMs = performance.now();
  const waits = [];
  for (const server of members.toReversed()) {
    const serving = server === primary ? second : primary;
    waits.push(await load.during(() => restart(server, serving)));
  }
  waits.push(await load.during(() => failBack(group)));
  const seconds = (performance.now() - beganMs) / 1_000;
  return [
    { name: `${shape}: all restarted, and as before`, value: seconds, unit: 's' },
    describeWaits(`rolling restart, ${shape}`, waits),
    { name: `${shape}: requests that failed`, value: load.failures, unit: '' },
  ];
}

async function restart(server: LicenseServer, serving: LicenseServer): Promise<void> {
  const status = await server.stop();
  if (status !== 0) throw new Error(`${server.name} ended with ${status}: ${server.stderr}`);
  await server.start();
  await everyoneIsInSync(serving);
}
