import { expect, it, onTestFinished, describe } from 'vitest';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { makeVendor } from '../support/licenses.ts';
import { SeatHolder } from '../support/seat-holder.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { LeaseAccount } from './lease-account.ts';
import { Load } from './load.ts';
import { RoamingConnection } from './roaming-connection.ts';
import { ServingAccount } from './serving-account.ts';
import { missingNetwork, type SiteServer, startSiteServers } from './site-servers.ts';

const loadUnits = 40;

/** The clients of one main server, which ask that server or the one that protects it. */
class Clientele {
  readonly main: SiteServer;
  readonly #hub: SiteServer;
  readonly #serving: ServingAccount;
  readonly #account = new LeaseAccount(loadUnits);
  readonly #stop = new AbortController();
  readonly #seat: SeatHolder;
  readonly #feature: string;
  #running = Promise.resolve();

  constructor(main: SiteServer, hub: SiteServer, serving: ServingAccount) {
    this.main = main;
    this.#hub = hub;
    this.#serving = serving;
    this.#feature = `load-${main.name}`;
    this.#seat = new SeatHolder({
      instance: `holder at ${main.name}`,
      feature: `seat-${main.name}`,
      servers: [main.address, hub.address],
      onAnswer: (body, sentMs) => serving.note({ body: body && JSON.parse(body) }, sentMs),
    });
    onTestFinished(() => {
      this.#stop.abort();
      this.#seat.close();
    });
  }

  async install(): Promise<void> {
    const common = { redundancy: 'backup', units: loadUnits } as const;
    await this.main.install(
      await makeVendor(),
      { ...common, id: this.#feature, feature: this.#feature, ttlSeconds: 86_400 },
      {
        ...common,
        id: `seat-${this.main.name}`,
        feature: `seat-${this.main.name}`,
        ttlSeconds: 5,
      },
    );
  }

  /** Resolves when they are well under way. */
  async start(): Promise<void> {
    await this.#seat.checkOut();
    const load = new Load({
      account: this.#account,
      random: new SeededRandom(Math.floor(Math.random() * 2 ** 32)),
      connections: 2,
      paceMs: 10,
      feature: this.#feature,
    });
    const targets = [this.main, this.#hub].map(({ network, port }) => ({
      host: network.address,
      port,
    }));
    this.#running = load.run(
      () =>
        new RoamingConnection({
          targets,
          serving: this.#serving,
          signal: this.#stop.signal,
          onFailure: () => undefined,
        }),
    );
    await this.goOn();
  }

  /** Resolves when seats were granted and returned since. */
  async goOn(): Promise<void> {
    const before = this.#account.returnedCount;
    await waitFor(`the clients of ${this.main.name} are served`, () => {
      expect(this.#account.violations).toEqual([]);
      return this.#account.returnedCount > before + 5;
    });
  }

  async renewedBy(server: SiteServer, afterMs: number): Promise<void> {
    await waitFor(`the holder at ${this.main.name} is renewed by ${server.name}`, () => {
      return this.#seat.renewedBy(afterMs) === server.id;
    });
  }

  /** Compares what they were told with what the main server has. */
  async verify(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const { main } = this;
    await waitFor('everybody is in sync', () => isInSync(main));
    await expect
      .poll(async () => this.#account.uncounted(await main.usage()), { timeout: 15_000 })
      .toEqual([]);
    this.#account.compare(await main.leases(this.#feature), await main.usage());
    expect([this.#account.violations, this.#seat.troubles]).toEqual([[], []]);
  }
}

/** Alpha and Gamma, which know nothing of each other, are both protected by the Hub. */
async function startHub() {
  const { members } = await startSiteServers({ names: ['Alpha', 'Hub', 'Gamma'] });
  const [alpha, hub, gamma] = members as [SiteServer, SiteServer, SiteServer];
  const serving = new ServingAccount();
  const clienteles = [alpha, gamma].map((main) => new Clientele(main, hub, serving));
  for (const clientele of clienteles) {
    await clientele.install();
    await makeBackup({ main: clientele.main, backup: hub, settings: quickSettings });
    await clientele.start();
  }
  return { alpha, hub, gamma, serving, clienteles };
}

/** Three processes, two of which are killed and started again. */
const patience = { timeout: 300_000 };

describe('two mains with one backup on a network', skipFor(missingNetwork), () => {
  it('keep every seat while both are killed, each with its own units', patience, async () => {
    const { alpha, hub, gamma, serving, clienteles } = await startHub();
    for (const main of [alpha, gamma]) {
      const killedMs = performance.now();
      await main.kill();
      const own = clienteles.find((clientele) => clientele.main === main);
      await own?.renewedBy(hub, killedMs);
      await own?.goOn();
    }
    for (const main of [alpha, gamma]) expect(await serves(hub, main)).toBe(true);
    const { together } = (await hub.call('status', {})).readiness;
    expect(together.join()).toContain('Hub stands in for');

    for (const main of [alpha, gamma]) await main.start();
    for (const { main } of clienteles) {
      await waitFor(`${main.name} has its licences back`, () => serves(main, main));
    }
    for (const clientele of clienteles) {
      await clientele.renewedBy(clientele.main, performance.now());
      await clientele.verify();
    }
    expect(serving.violations).toEqual([]);
  });

  it('lose their backup at once, and get it back at once', patience, async () => {
    const { hub, clienteles } = await startHub();
    const killedMs = performance.now();
    await hub.kill();
    for (const clientele of clienteles) {
      await clientele.renewedBy(clientele.main, killedMs);
      await clientele.goOn();
      await waitFor(`${clientele.main.name} says that no standby is left`, async () => {
        const { readiness } = await clientele.main.call('status', {});
        return readiness.reasons.some(({ code }) => code === 'NO_STANDBY');
      });
    }
    await hub.start();
    await waitFor('the backup has everything of both', () => isInSync(hub));
    for (const clientele of clienteles) await clientele.verify();
  });
});
