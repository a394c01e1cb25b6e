import { describe, expect, it } from 'vitest';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { missingNetwork, type SiteServer } from './site-servers.ts';
import { startPoolSite } from './site.ts';

type Five = [SiteServer, SiteServer, SiteServer, SiteServer, SiteServer];

/** Who serves the licences that need a majority, and the others, as a server sees it. */
async function activesAt(
  server: SiteServer,
): Promise<{ majority: string | null; rest: string | null }> {
  const ledgers = await server.sharedLedgers();
  const activeOf = (rule: string) => ledgers.find((ledger) => ledger.rule === rule)?.active ?? null;
  return { majority: activeOf('majority'), rest: activeOf('continuity') };
}

/** Timing as it is unless set: five processes share the processor with others. */
const settings = { heartbeatMs: 250, takeoverAfterMs: 3_000, syncTimeoutMs: 5_000 };

/** Five processes are started, and three of them twice. */
const patience = { timeout: 400_000 };

describe('a pool of five on a network', skipFor(missingNetwork), () => {
  it('serves by preference, and below the majority what needs none', patience, async () => {
    const site = await startPoolSite({ seatTtlSeconds: 20, settings });
    const [alpha, beta, gamma, delta] = site.members as Five;
    await site.startLoad();
    const firstKilledMs = performance.now();
    await alpha.kill();
    await site.allRenewedBy(beta, firstKilledMs);
    const secondKilledMs = performance.now();
    await beta.kill();
    await site.allRenewedBy(gamma, secondKilledMs);
    await waitFor('Gamma serves both', async () => {
      const { majority, rest } = await activesAt(gamma);
      return majority === gamma.id && rest === gamma.id;
    });

    await delta.kill();
    await waitFor('what needs a majority is served by nobody', async () => {
      return (await activesAt(gamma)).majority === null;
    });
    expect((await activesAt(gamma)).rest).toBe(gamma.id);
    await site.allRenewedBy(gamma, performance.now());

    await Promise.all([alpha, beta, delta].map((server) => server.start()));
    await site.verify();
    expect(await activesAt(beta)).toEqual({ majority: alpha.id, rest: alpha.id });
  });
});
