import { expect, it } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { missingNetwork, type SiteServer, startSiteServers } from './site-servers.ts';

const id = 'acme-trial';

async function trialAt(server: LicenseServer) {
  const { license } = await server.call('license.show', { id });
  return license;
}

async function checkOut(server: SiteServer, instance: string): Promise<number> {
  const client = new ClientConnection(server.port, { host: server.network.address });
  const { status } = await client.checkout(instance, 'trial').finally(() => client.close());
  return status;
}

it(
  'a trial goes on from its first seat when its server is killed, and at the server that takes over',
  skipFor(missingNetwork),
  async () => {
    const { main, backup } = await startSiteServers({});
    await makeBackup({ main, backup, settings: quickSettings });
    const grant = { id, feature: 'trial', trialDays: 10, redundancy: 'backup' as const };
    await main.install(await makeVendor(), { ...grant, servers: [main.id, backup.id] });
    expect(await trialAt(main)).not.toHaveProperty('trialBegan');
    expect(await checkOut(main, 'first')).toBe(201);
    const { trialBegan } = await trialAt(main);
    expect(trialBegan).toBeTypeOf('string');

    await main.kill();
    await waitFor('the backup serves', () => serves(backup, main));
    expect(await checkOut(backup, 'second')).toBe(201);
    expect(await trialAt(backup)).toMatchObject({ trialBegan });

    await main.start();
    await waitFor('Main has reclaimed its licences', () => serves(main, main));
    await waitFor('the backup is in sync', () => isInSync(main));
    await main.kill();
    await backup.kill();
    await Promise.all([main.start(), backup.start()]);
    await waitFor('Main serves again', () => serves(main, main));
    expect(await trialAt(main)).toMatchObject({ trialBegan });
    await expect(main.call('license.remove', { id })).rejects.toThrow('LICENSE_TRIAL_BEGUN');
  },
);
