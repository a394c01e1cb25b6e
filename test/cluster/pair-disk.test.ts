import { describe, expect, it } from 'vitest';
import { isInSync, quickSettings, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { fillDisk, mountSmallDisk, noMounts } from '../support/small-disk.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { startSite } from './site.ts';
import { missingNetwork } from './site-servers.ts';

describe('a backup pair with a full disk', skipFor(missingNetwork ?? noMounts), () => {
  it('goes on at the backup when that of the main server is full, until it has room', async () => {
    const disk = mountSmallDisk('size=6m');
    const site = await startSite({ directories: [disk, makeTemporaryDirectory()] });
    const { main, backup } = site;
    await site.startLoad();
    const fullMs = performance.now();
    const free = fillDisk(disk);
    const gapMs = await site.firstAnswer(backup, fullMs);
    console.log(`from the full disk to the first answer of the backup: ${Math.round(gapMs)} ms`);
    // It hands over at once, and clients that it let wait are sent on.
    expect(gapMs).toBeLessThan(quickSettings.takeoverAfterMs);
    await site.allRenewedBy(backup, fullMs);
    await waitFor('seats are given back at the backup', async () => {
      const { leases } = (await backup.ledgerOf(main)) ?? {};
      return leases !== undefined && site.account.returnedCount > 20;
    });
    free();
    await waitFor('Main has reclaimed its licences', () => serves(main, main));
    await site.verify();
    expect(await main.timeline('ledgersMerged', 'overdraftBegan')).toEqual([]);
  });

  it('goes on at the main server when that of the backup is full', async () => {
    const disk = mountSmallDisk('size=6m');
    const site = await startSite({ directories: [makeTemporaryDirectory(), disk] });
    const { main } = site;
    await site.startLoad();
    const fullMs = performance.now();
    const free = fillDisk(disk);
    await waitFor('the backup is not in sync', async () => !(await isInSync(main)));
    const before = site.account.returnedCount;
    await waitFor('seats are given back', () => site.account.returnedCount > before + 20);
    expect(await serves(main, main)).toBe(true);
    free();
    await site.verify();
    expect(site.serving.serversSince(fullMs)).toEqual(new Set([main.id]));
    expect(site.failures).toEqual([]);
  });
});
