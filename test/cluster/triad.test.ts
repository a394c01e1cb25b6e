import { describe, expect, it } from 'vitest';
import { isInSync, quickSettings, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { frozen, mute, outlive, reset } from './minority-faults.ts';
import { missingNetwork, type SiteServer } from './site-servers.ts';
import { startTriadSite } from './site.ts';

describe('a triad on a network', skipFor(missingNetwork), () => {
  it('keeps every seat while its members are killed one after the other, and serves with two', async () => {
    const site = await startTriadSite();
    const [alpha, beta, gamma] = site.members as [SiteServer, SiteServer, SiteServer];
    await site.startLoad();

    const killedMs = performance.now();
    await alpha.kill();
    const gapMs = await site.firstAnswer(beta, killedMs);
    console.log(`from the kill to the first answer of the secondary: ${Math.round(gapMs)} ms`);
    expect(gapMs).toBeLessThan(quickSettings.takeoverAfterMs);
    await site.allRenewedBy(beta, killedMs);
    await waitFor('the secondary says that no other server can be spared', async () => {
      const { readiness } = await beta.call('status', {});
      return readiness.reasons.some(({ code }) => code === 'QUORUM_MARGIN');
    });

    await alpha.start();
    await waitFor('the primary has reclaimed its licences', () => serves(alpha, alpha));
    await waitFor('everybody is in sync', () => isInSync(alpha));
    const tertiaryKilledMs = performance.now();
    await gamma.kill();
    await site.firstAnswer(alpha, performance.now());
    await gamma.start();
    await site.verify();
    expect(site.serving.serversSince(tertiaryKilledMs)).toEqual(new Set([alpha.id]));
  });

  it('never has a second active server when the primary is cut off from both others', async () => {
    const site = await startTriadSite({ seatTtlSeconds: 15 });
    const [alpha, beta, gamma] = site.members as [SiteServer, SiteServer, SiteServer];
    await site.startLoad();
    const cutMs = performance.now();
    alpha.network.cutFrom(beta.network, gamma.network);
    await site.firstAnswer(beta, cutMs);
    await waitFor('the primary knows that it serves nobody', async () => {
      const ledger = await alpha.ledgerOf(alpha);
      return ledger?.active === null;
    });
    alpha.network.rejoinTo(beta.network, gamma.network);
    await waitFor('the primary has reclaimed its licences', () => serves(alpha, alpha));
    await site.verify();
  });

  it('outlives a primary that is frozen, not heard, or reset', skipFor(reset.missing), async () => {
    const site = await startTriadSite({ seatTtlSeconds: 20 });
    await site.startLoad();
    for (const fault of [frozen, mute, reset]) {
      await outlive(site, fault, site.members.slice(0, 1));
    }
    await site.verify();
  });
});
