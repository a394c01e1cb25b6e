import { describe, expect, it } from 'vitest';
import { serves } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { missingNetwork, startSite } from './site.ts';

describe.skipIf(missingNetwork !== null)('a backup pair on a network', () => {
  it('keeps every seat when the main server is killed, and when it comes back', async () => {
    const site = await startSite();
    const { main, backup } = site;
    site.startLoad();
    await site.firstAnswer(main, performance.now());

    const killedMs = performance.now();
    await main.kill();
    const gapMs = await site.firstAnswer(backup, killedMs);
    console.log(`from the kill to the first answer of the backup: ${Math.round(gapMs)} ms`);
    await waitFor('every application is renewed by the backup', () =>
      site.applications.every((holder) => holder.renewedBy(killedMs) === backup.id),
    );

    await main.start();
    await waitFor('Main has reclaimed its licences', () => serves(main, main));
    await site.firstAnswer(main, performance.now());
    await site.verify();
    const kinds = (await main.timeline()).map(({ kind }) => kind);
    expect(kinds).toContain('failoverBegan');
    expect(kinds).toContain('failoverEnded');
    expect(kinds).not.toContain('ledgersMerged');
  });
});
