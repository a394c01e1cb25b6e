import { describe, expect, it } from 'vitest';
import { isInSync, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { startSite } from './site.ts';
import { missingNetwork, type SiteServer } from './site-servers.ts';

// docs/admin/upgrade.md, with two versions side by side.

async function upgrade(server: SiteServer): Promise<void> {
  expect(await server.stop()).toBe(0);
  server.version = '9.0.0';
  await server.start();
}

/** Its own, and that of the other server. */
async function versionsSeenBy(server: SiteServer): Promise<(string | null)[]> {
  const { server: own } = await server.call('status', {});
  const { servers } = await server.call('servers.list', {});
  return [own.version, ...servers.map(({ version }) => version)];
}

describe('a pair of which one server after the other is upgraded', skipFor(missingNetwork), () => {
  it('serves on, and every seat is kept', async () => {
    const site = await startSite();
    const { main, backup } = site;
    await site.startLoad();
    const [former] = await versionsSeenBy(main);

    await upgrade(backup);
    await waitFor('the newer version is a standby', () => isInSync(main));
    expect(await versionsSeenBy(main)).toEqual([former, '9.0.0']);
    expect(await serves(main, main)).toBe(true);

    const stoppedMs = performance.now();
    expect(await main.stop()).toBe(0);
    await site.allRenewedBy(backup, stoppedMs);
    main.version = '9.0.0';
    await main.start();
    await waitFor('the newer version serves again', () => serves(main, main));
    await waitFor('and is protected', () => isInSync(main));
    expect(await versionsSeenBy(backup)).toEqual(['9.0.0', '9.0.0']);
    // Both ends were announced: neither was taken for a crash.
    for (const server of [main, backup]) {
      const ends = (await server.timeline('serverDisconnected')).map(({ message }) => message);
      expect(ends).toEqual(['Backup was stopped in order.', 'Main was stopped in order.']);
    }
    await site.verify();
  });
});
