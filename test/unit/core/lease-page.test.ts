import { expect, test } from 'vitest';
import { deriveLeasePage } from '../../../src-main/node/core/ledger/lease-page.ts';
import { CoreHost } from '../../support/core-host.ts';

test('names are in the order in which people count, whatever their case', () => {
  const host = new CoreHost();
  host.install({ units: 10 });
  const hosts = ['ws-10', 'WS-9', 'ws-1', 'ws-002', 'lab-100', 'lab-20'];
  hosts.forEach((name) => host.checkout({ client: { instance: name, user: 'ada', host: name } }));
  const query = { search: '', borrowedOnly: false, descending: false, offset: 0, limit: 100 };
  const { leases } = deriveLeasePage([host.state], { ...query, sort: 'host' }, 0);
  expect(leases.map(({ holder }) => holder.host)).toEqual([
    'lab-20',
    'lab-100',
    'ws-1',
    'ws-002',
    'WS-9',
    'ws-10',
  ]);
});
