import { describe, expect, it } from 'vitest';
import { changeMembers } from '../cluster/change-members.ts';
import { type Site, startPoolSite, startTriadSite } from '../cluster/site.ts';
import { missingNetwork, type SiteServer } from '../cluster/site-servers.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync } from '../support/pair.ts';
import { RenewingClient } from '../support/renewing-client.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';

const settings = { heartbeatMs: 250, takeoverAfterMs: 3_000, syncTimeoutMs: 5_000 };
const seatTtlSeconds = 30;
const clientCount = 64;
const flaps = 10;

const kinds = [
  { kind: 'a triad', start: startTriadSite, redundancy: 'triad' },
  { kind: 'a pool of five', start: startPoolSite, redundancy: 'pool' },
] as const;

describe.each(kinds)('$kind', skipFor(missingNetwork), ({ start, redundancy }) => {
  it('keeps every seat while its leader is killed ten times', async () => {
    const site = await start({ seatTtlSeconds, settings });
    const [leader] = site.members as [SiteServer];
    await site.startLoad();
    for (let flap = 0; flap < flaps; flap++) {
      await leader.kill();
      const killedMs = performance.now();
      await waitFor('somebody else serves', () => {
        return [...site.serving.serversSince(killedMs)].some((id) => id !== leader.id);
      });
      await leader.start();
      // Killed again at once in every second time, before it has taken over again.
      if (flap % 2 === 0) await waitFor('all are in sync', () => isInSync(leader));
    }
    await site.verify();
  });

  it('is restarted one after the other under 64 clients, and no request fails', async () => {
    const site = await start({ seatTtlSeconds, settings });
    const grant = { redundancy, majorityRule: true, ttlSeconds: 60, units: clientCount };
    await site.main.install(await makeVendor('Busy'), { id: 'busy', feature: 'busy', ...grant });
    const clients = await startClients(site);
    for (const server of site.members.toReversed()) {
      expect(await server.stop()).toBe(0);
      await server.start();
      await site.settled();
    }
    await Promise.all(clients.map((client) => client.end()));
    expect(clients.map(({ failures }) => failures)).toEqual(clients.map(() => 0));
    await site.verify();
  });
});

async function startClients({ servers }: Site): Promise<RenewingClient[]> {
  const clients = Array.from(
    { length: clientCount },
    (_, number) =>
      new RenewingClient({
        ...{ instance: `busy-${number}`, feature: 'busy', paceMs: 100 },
        servers: servers.map(({ address }) => address),
      }),
  );
  for (const client of clients) await client.checkOut();
  return clients;
}

describe('a pool of five under load', skipFor(missingNetwork), () => {
  it('has each of its members replaced in turn', async () => {
    const site = await startPoolSite({ seatTtlSeconds, settings, spares: ['Zeta'] });
    await site.startLoad();
    let free = site.servers.at(-1);
    for (const [index, leaving] of site.members.entries()) {
      if (!free) throw new Error('one stands by');
      const at = site.members[index === 0 ? 1 : 0];
      await changeMembers(at ?? leaving, {
        ...{ change: 'replace', server: leaving.id, by: free.id },
      });
      site.members = site.members.with(index, free);
      await site.settled();
      free = leaving;
    }
    await site.verify();
    const { relationship } = await site.main.call('status', {});
    const ids = relationship?.members.map(({ id }) => id);
    expect(ids).toEqual(site.members.map(({ id }) => id));
  });
});
