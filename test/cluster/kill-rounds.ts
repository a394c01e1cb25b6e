import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseRow } from '../../src-shared/model/lease.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';
import { callAdmin, ClientConnection, type JsonAnswer } from '../support/json-request.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { LeaseAccount } from './lease-account.ts';

export interface KillRoundsOptions {
  rounds: number;
  seed: number;
  connections?: number;
  say?: (line: string) => void;
}

export interface KillRoundsResult {
  requests: number;
  granted: number;
  returned: number;
  /** What was promised and not kept; empty when all is well. */
  violations: string[];
}

const unitsMax = 150;
const instancesPerConnection = 40;
const loadMsMin = 30;
const loadMsMax = 900;

/** One start in this many is killed before it is over. */
const killedStartOneIn = 4;

/**
 * A real server under a load of checkouts, renewals and returns, killed with SIGKILL at a moment
 * that the seed chooses and started again, over and over. After every start what the server has is
 * compared with what its clients were told.
 */
export async function runKillRounds(options: KillRoundsOptions): Promise<KillRoundsResult> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'us-kill-'));
  const random = new SeededRandom(options.seed);
  const account = new LeaseAccount();
  const load = new Load(account, random, options.connections ?? 8);
  let server = new ServeProcess(dataDirectory);
  try {
    let { port } = await server.ready();
    await prepare(dataDirectory);
    for (let round = 1; round <= options.rounds && account.violations.length === 0; round++) {
      const loadMs = random.between(loadMsMin, loadMsMax);
      const running = load.run(port);
      await delay(loadMs);
      await server.kill();
      await running;
      if (random.between(1, killedStartOneIn) === 1) {
        const unfinished = new ServeProcess(dataDirectory);
        await delay(random.between(50, 1_500));
        await unfinished.kill();
      }
      server = new ServeProcess(dataDirectory);
      ({ port } = await server.ready());
      const leases = await listLeases(dataDirectory);
      account.compare(leases, await listUsage(dataDirectory), unitsMax);
      options.say?.(
        `round ${round}: killed after ${loadMs} ms, ${load.requests} requests so far, ` +
          `${leases.length} leases kept, ${account.returnedCount} returned`,
      );
    }
    await load.renewAll(port);
    const { requests, granted } = load;
    const { returnedCount: returned, violations } = account;
    return { requests, granted, returned, violations };
  } finally {
    await server.kill();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

async function prepare(dataDirectory: string): Promise<void> {
  const vendor = await makeVendor();
  const content = await makeLicenseFile(vendor, { units: unitsMax, ttlSeconds: 86_400 });
  for (const answer of [
    await callAdmin(dataDirectory, 'vendor.trust', { content: vendor.publicFile }),
    await callAdmin(dataDirectory, 'license.import', { content, fileName: 'kill.lic' }),
    await callAdmin(dataDirectory, 'settings.set', { requestsPerSecondMax: 1_000_000 }),
  ]) {
    if (!answer.ok) throw new Error(answer.message);
  }
}

async function listLeases(dataDirectory: string): Promise<LeaseRow[]> {
  const answer = await callAdmin(dataDirectory, 'lease.list', { limit: 1_000 });
  if (!answer.ok) throw new Error(answer.message);
  return answer.value.leases;
}

async function listUsage(dataDirectory: string): Promise<UsageRecord[]> {
  const all: UsageRecord[] = [];
  for (;;) {
    const afterSequence = all.at(-1)?.sequence ?? 0;
    const answer = await callAdmin(dataDirectory, 'usage.records', { afterSequence, limit: 1_000 });
    if (!answer.ok) throw new Error(answer.message);
    if (answer.value.records.length === 0) return all;
    all.push(...answer.value.records);
  }
}

/** Clients on connections of their own, each with seats of its own, until the server is gone. */
class Load {
  requests = 0;
  granted = 0;
  readonly #account: LeaseAccount;
  readonly #random: SeededRandom;
  readonly #connections: number;

  constructor(account: LeaseAccount, random: SeededRandom, connections: number) {
    this.#account = account;
    this.#random = random;
    this.#connections = connections;
  }

  async run(port: number): Promise<void> {
    await Promise.all(
      Array.from({ length: this.#connections }, async (_, number) => {
        const connection = new ClientConnection(port);
        try {
          while (this.#account.violations.length === 0) await this.#act(connection, number);
        } catch {
          // The server was killed: the answer to the last request is not known.
        } finally {
          connection.close();
        }
      }),
    );
  }

  /** Every lease that a client was told of can be renewed. */
  async renewAll(port: number): Promise<void> {
    const connection = new ClientConnection(port);
    for (let number = 0; number < this.#connections; number++) {
      for (let seat = 0; seat < instancesPerConnection; seat++) {
        const instance = instanceOf(number, seat);
        const leaseId = this.#account.held(instance);
        if (leaseId !== undefined) await this.#renew(connection, instance, leaseId);
      }
    }
    connection.close();
  }

  async #act(connection: ClientConnection, number: number): Promise<void> {
    const instance = instanceOf(number, this.#random.between(0, instancesPerConnection - 1));
    const leaseId = this.#account.held(instance);
    const choice = this.#random.next();
    if (leaseId === undefined || choice < 0.2) await this.#checkout(connection, instance);
    else if (choice < 0.5) await this.#renew(connection, instance, leaseId);
    else await this.#return(connection, instance, leaseId);
  }

  async #checkout(connection: ClientConnection, instance: string): Promise<void> {
    this.#account.beginCheckout(instance);
    const { status, body } = await this.#count(connection.checkout(instance));
    if (status === 409) this.#account.noteDenied(instance);
    else if (status === 200 || status === 201) {
      this.granted += 1;
      const { lease } = body as { lease: { id: string } };
      this.#account.noteGranted(instance, lease.id, status === 201);
    } else this.#refuse('a checkout', status);
  }

  async #renew(connection: ClientConnection, instance: string, leaseId: string): Promise<void> {
    const path = `/v1/leases/${leaseId}/renew`;
    const { status } = await this.#count(connection.send('POST', path));
    this.#account.noteRenewed(instance, status);
  }

  async #return(connection: ClientConnection, instance: string, leaseId: string): Promise<void> {
    this.#account.beginReturn(instance, leaseId);
    const { status } = await this.#count(connection.send('DELETE', `/v1/leases/${leaseId}`));
    if (status === 204) this.#account.noteReturned(instance, leaseId);
    else this.#refuse('a return', status);
  }

  async #count(answer: Promise<JsonAnswer>): Promise<JsonAnswer> {
    const answered = await answer;
    this.requests += 1;
    return answered;
  }

  #refuse(what: string, status: number): void {
    this.#account.violations.push(`${what} was answered with status ${status}`);
  }
}

function instanceOf(connection: number, seat: number): string {
  return `c${connection}-${seat}`;
}
