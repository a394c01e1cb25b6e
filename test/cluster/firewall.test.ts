import { describe, expect, it } from 'vitest';
import type { LeaseAnswer } from '../../src-shared/contract/client-api.ts';
import { ClientConnection } from '../support/json-request.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, serves } from '../support/pair.ts';
import { whyNoFirewall } from '../support/network.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { startSiteServers } from './site-servers.ts';

/** Much longer than the others need to elect another when connections are reset. */
const takeoverAfterMs = 5_000;

describe('a main with a witness whose firewall begins to refuse', skipFor(whyNoFirewall()), () => {
  it('answers no renewal of a seat that the backup has given to another', async () => {
    const { main, backup, witness } = await startSiteServers({ witness: true });
    if (!witness) throw new Error('a witness was asked for');
    await main.install(await makeVendor(), { units: 1, ttlSeconds: 60, redundancy: 'backup' });
    await makeBackup({ main, backup, witness, settings: { takeoverAfterMs } });
    await waitFor('both are in sync', () => isInSync(main));
    const atMain = new ClientConnection(main.port, { host: main.network.address });
    const atBackup = new ClientConnection(backup.port, { host: backup.network.address });
    const ann = await atMain.checkout('ann', 'cad');
    const { lease, token } = ann.body as LeaseAnswer;
    const renew = () =>
      atMain.send('POST', `/v1/leases/${lease.id}/renew`, undefined, {
        headers: { 'understudy-token': token },
      });
    expect((await renew()).status).toBe(200);

    main.network.refuse(backup.network, witness.network);
    const refusedMs = performance.now();
    await waitFor('the backup serves', () => serves(backup, main));
    await backup.call('lease.release', { id: lease.id });
    expect((await atBackup.checkout('bob', 'cad')).status).toBe(201);
    // The main still believes that it serves, and may not say so.
    expect(performance.now() - refusedMs).toBeLessThan(takeoverAfterMs);
    expect((await renew()).status).not.toBe(200);
    atMain.close();
    atBackup.close();
  });
});
