import { describe, expect, it } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import { isInSync, quickSettings, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { type SiteServer, missingNetwork } from './site-servers.ts';
import { startSite } from './site.ts';

async function kindsAt(server: SiteServer): Promise<string[]> {
  return (await server.timeline()).map(({ kind }) => kind);
}

describe('a backup pair on a network', skipFor(missingNetwork), () => {
  it('keeps every seat when a server is killed, whichever, and when it comes back', async () => {
    const site = await startSite();
    const { main, backup } = site;
    await site.startLoad();

    const killedMs = performance.now();
    await main.kill();
    const gapMs = await site.firstAnswer(backup, killedMs);
    console.log(`from the kill to the first answer of the backup: ${Math.round(gapMs)} ms`);
    // The crash itself is the evidence, and not the silence after it.
    expect(gapMs).toBeLessThan(quickSettings.takeoverAfterMs);
    await site.allRenewedBy(backup, killedMs);

    await main.start();
    await waitFor('Main has reclaimed its licences', () => serves(main, main));
    await site.firstAnswer(main, performance.now());
    const kinds = await kindsAt(main);
    expect(kinds).toContain('failoverBegan');
    expect(kinds).toContain('failoverEnded');

    // Now the backup: the main serves alone meanwhile.
    await waitFor('the backup is in sync', () => isInSync(main));
    const backupKilledMs = performance.now();
    await backup.kill();
    const aloneMs = await site.firstAnswer(main, performance.now());
    console.log(`from the kill of the backup to the next answer: ${Math.round(aloneMs)} ms`);
    await waitFor('the main server says that it is alone', async () => !(await isInSync(main)));
    await backup.start();
    await site.verify();
    expect(site.serving.serversSince(backupKilledMs)).toEqual(new Set([main.id]));
    expect(await kindsAt(main)).not.toContain('ledgersMerged');
  });

  it('moves without one failed request when the main server is stopped in order', async () => {
    const site = await startSite();
    const { main, backup } = site;
    await site.startLoad();
    const stoppedMs = performance.now();
    expect(await main.stop()).toBe(0);
    await site.firstAnswer(backup, stoppedMs);
    await site.allRenewedBy(backup, stoppedMs);
    await main.start();
    await site.verify();
    expect(site.failures).toEqual([]);
    expect(site.applications.flatMap((holder) => holder.failures)).toEqual([]);
    expect(await kindsAt(main)).not.toContain('ledgersMerged');
  });

  it('has one active server only after the main server was frozen', async () => {
    const site = await startSite();
    const { main, backup } = site;
    await site.startLoad();
    const frozenMs = performance.now();
    main.freeze();
    // What waits in its buffers when it wakes up.
    const waiting = site.applications.map(({ leaseId }) => {
      const client = new ClientConnection(main.port, { host: main.network.address });
      return client.send('POST', `/v1/leases/${leaseId}/renew`).finally(() => client.close());
    });
    const gapMs = await site.firstAnswer(backup, frozenMs);
    console.log(`from the freeze to the first answer of the backup: ${Math.round(gapMs)} ms`);
    await site.allRenewedBy(backup, frozenMs);
    main.thaw();
    for (const { status } of await Promise.all(waiting)) expect([307, 503]).toContain(status);
    await site.verify();
    expect(await kindsAt(main)).not.toContain('ledgersMerged');
  });
});
