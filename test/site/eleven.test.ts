import { describe, expect, it } from 'vitest';
import { missingNetwork, startSiteServers } from '../cluster/site-servers.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeRelationship } from '../support/pair.ts';
import { RenewingClient } from '../support/renewing-client.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';

/** Whoever is killed is noticed at once; who is silent on a busy machine is not taken to be gone. */
const settings = { heartbeatMs: 500, takeoverAfterMs: 30_000, syncTimeoutMs: 10_000 };

/** Longest wait for eleven processes that share a processor, in ms. */
const patienceMs = 120_000;

describe('a pool of eleven on a network', skipFor(missingNetwork), () => {
  it('is set up, goes on without five of them, and is dissolved', async () => {
    const names = Array.from({ length: 11 }, (_, i) => `Server-${i + 1}`);
    const { members } = await startSiteServers({ names });
    const [first, ...others] = members;
    const next = others.at(4);
    if (!first || !next) throw new Error('there are eleven');
    const servers = members.map(({ id }) => id);
    await makeRelationship(members, { kind: 'pool', name: 'eleven', servers }, settings);
    const grant = { redundancy: 'pool', units: 2, ttlSeconds: 600 } as const;
    await first.install(
      await makeVendor(),
      { ...grant, id: 'strict', feature: 'strict', majorityRule: true },
      { ...grant, id: 'free', feature: 'free' },
    );
    const clients = ['strict', 'free'].map(
      (feature) =>
        new RenewingClient({
          ...{ instance: 'ann', feature, paceMs: 500 },
          servers: members.map(({ address }) => address),
        }),
    );
    for (const client of clients) await client.checkOut();
    await waitFor('everybody has both', () => isInSync(first), patienceMs);

    const few = [first, ...others.slice(0, 4)];
    await Promise.all(few.map((server) => server.kill()));
    await waitFor(
      'the sixth serves both',
      async () => (await next.sharedLedgers()).every(({ here }) => here === 'active'),
      patienceMs,
    );
    for (const client of clients) await client.firstRenewalBy(next.id, performance.now());
    for (const feature of ['strict', 'free']) {
      expect((await next.leases(feature)).map(({ holder }) => holder.instance)).toEqual(['ann']);
    }

    await Promise.all(few.map((server) => server.start()));
    const isWhole = async () => {
      const ledgers = await first.sharedLedgers();
      return ledgers.length === 2 && ledgers.every(({ active }) => active === first.id);
    };
    await waitFor('the first serves again', isWhole, patienceMs);
    await waitFor('everybody has everything', () => isInSync(first), patienceMs);
    await first.call('relationship.dissolve', {});
    for (const server of members) {
      await waitFor(
        `${server.name} is in no relationship`,
        async () => (await server.call('status', {})).relationship === null,
        patienceMs,
      );
    }
    for (const client of clients) {
      await client.firstRenewalBy(first.id, performance.now());
      await client.end();
    }
    expect(await first.leases('free')).toHaveLength(1);
  });
});
