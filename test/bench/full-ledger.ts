import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { sumOfRow } from '../../src-main/node/store/row-sum.ts';
import type { LeaseRow } from '../../src-main/node/core/rows/row.ts';
import { type LicenseGrant, licenseUnitsMax } from '../../src-shared/model/license.ts';
import { ClientConnection } from '../support/json-request.ts';
import { writeToLedger } from '../support/edit-ledger.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { waitFor } from '../support/wait-for.ts';
import { benchFeature } from './bench-server.ts';
import { WatchedServer } from './watched-server.ts';

export const leaseCount = 100_000;

/** Longest time until another server has them, on a machine that has much else to do. */
const joinMsMax = 300_000;

/** A stopped server with as many leases as there are to be, each of an instance of its own. */
export async function makeFullLedger(
  directory: string,
  grant: Pick<LicenseGrant, 'redundancy' | 'majorityRule'>,
): Promise<void> {
  const server = new WatchedServer(directory, 'Main');
  await server.ready();
  const vendor = await makeVendor('Benchmark');
  const content = await makeLicenseFile(vendor, {
    ...{ id: 'bench', feature: benchFeature, units: licenseUnitsMax },
    ...grant,
    ttlSeconds: 86_400,
  });
  await server.call('vendor.trust', { content: vendor.publicFile });
  await server.call('license.import', { content, fileName: 'bench.lic' });
  const { address } = (await server.call('status', {})).server;
  const client = new ClientConnection(Number(address.slice(address.lastIndexOf(':') + 1)));
  await client.checkout('bench-0', benchFeature);
  client.close();
  await server.stop();
  multiplyLease(join(directory, 'ledger.db'));
}

function multiplyLease(file: string): void {
  writeToLedger(file, (database) => {
    const found = database.prepare("SELECT ledger, doc FROM rows WHERE kind = 'lease'").get();
    const row = JSON.parse(String(found?.['doc'])) as LeaseRow;
    const put = database.prepare("INSERT INTO rows VALUES (?, 'lease', ?, ?, ?)");
    for (let n = 1; n < leaseCount; n++) {
      const id = randomUUID();
      const instance = `bench-${n}`;
      const holder = { instance, user: `user-${n % 1_000}`, host: `host-${n % 1_000}` };
      const lease = row.lease && { ...row.lease, id, holder };
      const doc = JSON.stringify({ ...row, id, instance, lease });
      put.run(Number(found?.['ledger']), id, doc, sumOfRow('lease', id, doc));
    }
  });
}

/** The ledger with all these leases, as a server sees it. */
export async function fullLedger(server: WatchedServer) {
  const { ledgers } = await server.call('status', {});
  return ledgers.find(({ leases }) => leases === leaseCount);
}

/** Resolves when the first server serves, and the other ones have every lease. */
export async function waitUntilInSync(
  active: WatchedServer,
  ...others: WatchedServer[]
): Promise<void> {
  const isInSync = async () => {
    const shared = await fullLedger(active);
    return (
      shared?.active === active.id && others.every(({ id }) => shared.synchronised.includes(id))
    );
  };
  await waitFor('the other servers have every lease', isInSync, joinMsMax);
}
