import { describe, expect, it } from 'vitest';
import { skipFor } from '../support/skip.ts';
import { openSlowLink } from '../support/slow-link.ts';
import { isInSync } from '../support/pair.ts';
import { startSite } from './site.ts';
import { missingNetwork } from './site-servers.ts';

/** Renewals of every application that are waited for. */
const renewals = 2;

describe('two servers on a slow line', skipFor(missingNetwork), () => {
  it('do not fail over at 100 ms and 5 % loss, and stay in sync', async () => {
    const line = { delayMs: 100, lossShare: 0.05, seed: Math.floor(Math.random() * 2 ** 32) };
    console.log(`seed ${line.seed}`);
    let pairAt = '';
    const site = await startSite({
      prepare: async (networks) => {
        const [main, backup] = networks;
        if (!main || !backup) throw new Error('a site has two servers');
        main.cutFrom(backup);
        const toMain = await openSlowLink({ ...line, to: { host: main.address, port: 7470 } });
        const toBackup = await openSlowLink({ ...line, to: { host: backup.address, port: 7470 } });
        pairAt = `${main.gateway}:${toMain}`;
        return [`${main.gateway}:${toBackup}`, pairAt];
      },
      pairAt: () => pairAt,
    });
    const { main, backup } = site;
    await site.startLoad();
    for (let round = 0; round < renewals; round++) await site.allRenewedBy(main, performance.now());
    expect(await isInSync(main)).toBe(true);
    await site.verify();
    for (const server of [main, backup]) {
      expect(await server.timeline('failoverBegan', 'servingLost', 'syncLost')).toEqual([]);
    }
  });
});
