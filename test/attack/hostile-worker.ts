// The hostile server, on a thread of its own: what it takes is not counted as the victim's.
import { parentPort, workerData } from 'node:worker_threads';
import { loadIdentity } from '../../src-main/node/identity/identity.ts';
import { attacks, type AttackContext } from './attacks.ts';
import { HostileServer } from './hostile-server.ts';

/** What the other thread orders. */
export type HostileOrder =
  | { type: 'pair'; code: string }
  | { type: 'link' }
  | { type: 'attack'; title: string; context: AttackContext }
  | { type: 'end' };

const { directory, port, victim } = workerData as Record<'directory' | 'victim', string> & {
  port: number;
};
const hostile = new HostileServer(await loadIdentity(directory), port);
const side = { name: 'Hostile', version: '0', relationship: null, paired: [victim] };
hostile.answers['relationship.side'] = () => ({ ...side, storeFailure: null, licenses: [] });
hostile.answers['ledger.join'] = () => ({});

async function carryOut(order: HostileOrder): Promise<void> {
  switch (order.type) {
    case 'pair':
      return hostile.pair(victim, order.code);
    case 'link':
      return hostile.link(victim);
    case 'attack': {
      if (!hostile.isUp) await hostile.link(victim);
      const attack = attacks.find(({ title }) => title === order.title);
      return attack?.run(hostile, order.context);
    }
    case 'end':
      return hostile.close();
  }
}

parentPort?.on('message', (order: HostileOrder) => {
  carryOut(order).then(
    () => parentPort?.postMessage({ ok: true }),
    (error: unknown) => parentPort?.postMessage({ ok: false, error: String(error) }),
  );
});
parentPort?.postMessage({ ok: true, id: hostile.id });
