import { cpSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { startSite } from './site.ts';
import { missingNetwork, type SiteServer } from './site-servers.ts';

describe('a backup pair of which both were killed', skipFor(missingNetwork), () => {
  // The backup served last and has what the main server never heard of.
  it.each([
    { first: 'Main', second: 'Backup' },
    { first: 'Backup', second: 'Main' },
  ])('loses nothing when $first is started before $second', async ({ first }) => {
    const site = await startSite({ seatTtlSeconds: 20 });
    const { main, backup } = site;
    await site.startLoad();
    await main.kill();
    await site.firstAnswer(backup, performance.now());
    const before = site.account.returnedCount;
    await waitFor('seats were given back at the backup', () => {
      return site.account.returnedCount > before + 5;
    });
    await backup.kill();

    const order: SiteServer[] = first === 'Main' ? [main, backup] : [backup, main];
    for (const server of order) await server.start();
    await waitFor('Main has reclaimed its licences', () => serves(main, main));
    await site.verify();
    expect(await main.timeline('ledgersMerged', 'overdraftBegan')).toEqual([]);
  });
});

describe('a backup whose data was put back from an older copy', skipFor(missingNetwork), () => {
  it('gets what it lost, and loses nothing when it takes over then', async () => {
    const site = await startSite({ seatTtlSeconds: 20 });
    const { main, backup } = site;
    await backup.kill();
    const copy = makeTemporaryDirectory();
    cpSync(backup.dataDirectory, copy, { recursive: true });
    await backup.start();
    await waitFor('the backup is in sync', () => isInSync(main));
    await site.startLoad();
    await waitFor('seats were given back', () => site.account.returnedCount > 20);

    await backup.kill();
    rmSync(backup.dataDirectory, { recursive: true });
    cpSync(copy, backup.dataDirectory, { recursive: true });
    await backup.start();
    await waitFor('the backup is in sync again', () => isInSync(main));
    const killedMs = performance.now();
    await main.kill();
    await site.allRenewedBy(backup, killedMs);
    await main.start();
    await site.verify();
  });
});

describe('two servers that protect each other', skipFor(missingNetwork), () => {
  it('each go on with the licences of the other one', async () => {
    const site = await startSite({ mutual: true });
    const { main, backup } = site;
    await backup.install(await makeVendor('Other'), {
      id: 'other',
      feature: 'other',
      ttlSeconds: 5,
      redundancy: 'backup',
    });
    await site.startLoad();
    const other = await site.addApplication([main, backup], 'other');
    expect(other.servedBy).toBe(backup.id);

    const killedMs = performance.now();
    await backup.kill();
    await site.allRenewedBy(main, killedMs);
    await backup.start();
    await waitFor('Backup has reclaimed its licences', () => serves(backup, backup));
    const reclaimedMs = performance.now();
    await waitFor('its application is renewed there', () => {
      return other.renewedBy(reclaimedMs) === backup.id;
    });

    const mainKilledMs = performance.now();
    await main.kill();
    await site.allRenewedBy(backup, mainKilledMs);
    await main.start();
    await waitFor('Main has reclaimed its licences', () => serves(main, main));
    expect(await serves(backup, backup)).toBe(true);
    expect(other.troubles).toEqual([]);
    site.applications.splice(site.applications.indexOf(other), 1);
    await other.giveBack();
    await site.verify();
  });
});
