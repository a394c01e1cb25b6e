// The hostile server and clients, in a process of their own: what they take is not counted as the victim's.
import { loadIdentity } from '../../src-main/node/identity/identity.ts';
import { type AttackContext, serverAttacks } from './attacks.ts';
import { clientAttacks } from './client-attacks.ts';
import { HostileServer } from './hostile-server.ts';

/** What the other thread orders. */
export type HostileOrder =
  | { type: 'pair'; code: string }
  | { type: 'link' }
  | { type: 'attack'; title: string; context: AttackContext }
  | { type: 'end' };

const [directory = '', portText = '', victim = ''] = process.argv.slice(2);
const port = Number(portText);
const hostile = new HostileServer(await loadIdentity(directory), port);
const side = { name: 'Hostile', version: '0', relationship: null, paired: [victim] };
hostile.answers['relationship.side'] = () => ({ ...side, storeFailure: null, licenses: [] });
hostile.answers['ledger.join'] = () => ({});

async function carryOut(order: HostileOrder): Promise<string | void> {
  switch (order.type) {
    case 'pair':
      return hostile.pair(victim, order.code);
    case 'link':
      return hostile.link(victim);
    case 'attack': {
      const attack = [...clientAttacks, ...serverAttacks].find(
        ({ title }) => title === order.title,
      );
      if (attack?.by !== 'client' && !hostile.isUp) await hostile.link(victim);
      return attack?.run(hostile, order.context);
    }
    case 'end':
      return hostile.close();
  }
}

process.on('message', (order: HostileOrder) => {
  carryOut(order).then(
    (seen) => process.send?.({ ok: true, seen: seen ?? '' }),
    (error: unknown) => process.send?.({ ok: false, error: String(error) }),
  );
});
process.send?.({ ok: true, id: hostile.id });
