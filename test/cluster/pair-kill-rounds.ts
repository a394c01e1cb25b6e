import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { waitFor } from '../support/wait-for.ts';
import type { KillRoundsOptions, KillRoundsResult } from './kill-rounds.ts';
import { LeaseAccount } from './lease-account.ts';
import { Load } from './load.ts';
import { RoamingConnection } from './roaming-connection.ts';
import { ServingAccount } from './serving-account.ts';

const unitsMax = 150;
const loadMsMin = 30;
const loadMsMax = 900;

/** In one round of this many both servers are killed, one soon after the other. */
const bothOneIn = 4;

/** One start in this many is killed before it is over. */
const killedStartOneIn = 4;

/**
 * Two real servers, of which the backup protects the main, under a load that goes where it is served.
 * In each round one of them, or both, is killed with SIGKILL at a moment that the seed chooses, and
 * started again while the load goes on. When the main server serves again and both are in sync, what
 * they have is compared with what clients were told.
 */
export async function runPairKillRounds(options: KillRoundsOptions): Promise<KillRoundsResult> {
  const directory = mkdtempSync(join(tmpdir(), 'us-kill-'));
  const servers = ['main', 'backup'].map(
    (name) => new LicenseServer({ name, dataDirectory: join(directory, name) }),
  );
  const [main, backup] = servers;
  if (!main || !backup) throw new Error('a pair has two servers');
  try {
    await Promise.all([main.start(), backup.start()]);
    const grant = { units: unitsMax, ttlSeconds: 86_400, redundancy: 'backup' } as const;
    await main.install(await makeVendor(), grant);
    for (const server of servers) {
      await server.call('settings.set', { requestsPerSecondMax: 1_000_000 });
    }
    await makeBackup({ main, backup, settings: quickSettings });
    return await new PairRounds(main, backup, options).run();
  } finally {
    await Promise.all(servers.map((server) => server.kill()));
    rmSync(directory, { recursive: true, force: true });
  }
}

class PairRounds {
  readonly #main: LicenseServer;
  readonly #backup: LicenseServer;
  readonly #options: KillRoundsOptions;
  readonly #random: SeededRandom;
  readonly #account = new LeaseAccount(unitsMax);
  readonly #serving = new ServingAccount();
  readonly #load: Load;
  readonly #failures: string[] = [];

  constructor(main: LicenseServer, backup: LicenseServer, options: KillRoundsOptions) {
    this.#main = main;
    this.#backup = backup;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#load = new Load({
      account: this.#account,
      random: this.#random,
      connections: options.connections ?? 8,
    });
  }

  async run(): Promise<KillRoundsResult> {
    for (let round = 1; round <= this.#options.rounds && this.#violations.length === 0; round++) {
      await this.#round(round).catch((error: unknown) => this.#noteFailure(round, error));
    }
    if (this.#violations.length === 0) {
      await this.#load.renewAll(this.#connect(new AbortController().signal));
    }
    const { requests, granted } = this.#load;
    const { returnedCount: returned } = this.#account;
    const violations = this.#violations;
    // What the servers say of it is lost with their directories.
    const said = violations.length > 0 ? [this.#main.stderr, this.#backup.stderr] : [];
    return { requests, granted, returned, violations: [...violations, ...said] };
  }

  get #violations(): string[] {
    return [...this.#failures, ...this.#account.violations, ...this.#serving.violations];
  }

  /** Something did not come about. */
  async #noteFailure(round: number, error: unknown): Promise<void> {
    this.#failures.push(
      `round ${round}: ${error instanceof Error ? error.message : String(error)}`,
    );
    for (const server of [this.#main, this.#backup]) {
      const status = await server.call('status', {}).catch(String);
      this.#failures.push(`${server.name}: ${JSON.stringify(status)}`);
    }
  }

  async #round(round: number): Promise<void> {
    const stop = new AbortController();
    let isOver = false;
    const connect = () => this.#connect(stop.signal);
    const running = this.#load.run(connect, () => isOver);
    const killed: LicenseServer[] = [];
    try {
      await this.#pass();
      const [first, second] = this.#shuffle();
      await first.kill();
      killed.push(first);
      const firstMs = performance.now();
      await this.#pass();
      if (this.#random.between(1, bothOneIn) === 1) {
        await second.kill();
        killed.push(second);
      } else {
        await this.#survive(second, firstMs);
      }
      for (const server of this.#random.next() < 0.5 ? killed : killed.toReversed()) {
        await this.#startAgain(server);
      }
      await this.#isWhole();
      // What is compared is not to change under way.
      isOver = true;
      await running;
    } finally {
      stop.abort();
      await running;
    }
    await this.#compare();
    this.#options.say?.(
      `round ${round}: killed ${killed.map(({ name }) => name).join(', then ')}, ` +
        `${this.#load.requests} requests so far, ${this.#account.returnedCount} seats returned`,
    );
  }

  #shuffle(): [LicenseServer, LicenseServer] {
    return this.#random.next() < 0.5 ? [this.#main, this.#backup] : [this.#backup, this.#main];
  }

  /** Lets the load go on for a while. */
  #pass(): Promise<void> {
    return delay(this.#random.between(loadMsMin, loadMsMax));
  }

  /** Whoever is left serves by itself. */
  async #survive(survivor: LicenseServer, sinceMs: number): Promise<void> {
    const what = `${survivor.name} serves alone`;
    const answeredMs = await waitFor(what, () => this.#serving.firstAnswer(survivor.id, sinceMs));
    this.#options.say?.(`  ${survivor.name} answers after ${Math.round(answeredMs - sinceMs)} ms`);
  }

  async #startAgain(server: LicenseServer): Promise<void> {
    if (this.#random.between(1, killedStartOneIn) === 1) {
      const started = server.start().catch(() => undefined);
      await delay(this.#random.between(50, 1_500));
      await server.kill();
      await started;
    }
    await server.start();
  }

  async #isWhole(): Promise<void> {
    await waitFor('the main server serves', () => serves(this.#main, this.#main));
    await waitFor('both are in sync', () => isInSync(this.#main));
  }

  async #compare(): Promise<void> {
    const leases = await this.#main.leases('cad');
    const ids = leases.map(({ id }) => id).sort();
    await waitFor('the backup has the same leases', async () => {
      const there = (await this.#backup.leases('cad')).map(({ id }) => id).sort();
      return there.join() === ids.join();
    });
    // One that was away for long gets what is older than its ledger afterwards.
    const usage = await waitFor('both have the same usage', async () => {
      const [here, there] = await Promise.all([this.#main.usage(), this.#backup.usage()]);
      return here.length === there.length && here;
    });
    this.#account.compare(leases, usage);
  }

  #connect(signal: AbortSignal): RoamingConnection {
    const targets = [this.#main, this.#backup].map(({ port }) => ({ host: '127.0.0.1', port }));
    return new RoamingConnection({ targets, serving: this.#serving, signal });
  }
}
