import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type CheckoutOrder, ClientProgram, type StateName, type Told } from './client-program.ts';
import { judgeConduct } from './conduct.ts';
import type { KeptLeases } from './kept-leases.ts';
import { Misconduct } from './misconduct.ts';
import { type Heard, ScriptedServer, type Transcript } from './scripted-server.ts';
import { readVendorKey, type ServerName } from './vectors.ts';

/** Longest time from an order to a seat when a server has one, in milliseconds. */
export const promptMs = 10_000;

/** What a client may be late, or early, in milliseconds. */
export const slackMs = 1_200;

/** One scenario with its servers and the client that is judged. */
export class Trial {
  readonly transcript: Transcript = { heard: [], given: [] };
  readonly directory = mkdtempSync(join(tmpdir(), 'understudy-conformance-'));
  readonly #command: readonly string[];
  readonly #servers: ScriptedServer[] = [];
  readonly #clients: ClientProgram[] = [];
  readonly #instance = randomBytes(16).toString('hex');

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /** A server that listens. Names of one trial may be used twice: one server at two addresses. */
  async server(name: ServerName, leases?: KeptLeases): Promise<ScriptedServer> {
    const server = new ScriptedServer(name, this.transcript, leases);
    this.#servers.push(server);
    await server.up();
    return server;
  }

  /** A serving server and a standby that sends clients to it. */
  async pair(): Promise<{ a: ScriptedServer; b: ScriptedServer }> {
    const a = await this.server('a');
    const b = await this.server('b');
    a.partners = [a, b];
    b.partners = [b, a];
    b.script = () => ({ type: 'redirect', to: a });
    return { a, b };
  }

  /** Starts the client and tells it to check a seat out. */
  checkOut(order: Partial<CheckoutOrder> & { primary: string[] }): ClientProgram {
    const client = new ClientProgram(this.#command);
    this.#clients.push(client);
    client.give({
      do: 'checkout',
      secondary: [],
      fingerprints: [],
      vendorKey: readVendorKey(),
      product: 'Acme CAD',
      feature: 'drafting',
      version: '2.0',
      released: '2025-07-01T00:00:00Z',
      client: { instance: this.#instance, user: 'ann', host: 'ws-1' },
      timeoutMs: 1_000,
      graceSeconds: 0,
      waitSeconds: 0,
      directory: this.directory,
      ...order,
    });
    return client;
  }

  /** Waits until the client says that it has a seat. */
  held(client: ClientProgram, withinMs = promptMs): Promise<Told> {
    return client.until('a seat', ({ state }) => state === 'held', withinMs);
  }

  /** Waits until the client says one of these, later than `sinceMs`. */
  says(client: ClientProgram, states: StateName[], sinceMs = 0, withinMs = promptMs) {
    const fits = ({ state, atMs }: Told) => states.includes(state) && atMs > sinceMs;
    return client.until(states.join(' or '), fits, withinMs);
  }

  /** Waits until a server has heard a request that fits. */
  async hears(what: string, look: (heard: Heard) => boolean, withinMs = promptMs): Promise<Heard> {
    const endMs = Date.now() + withinMs;
    for (;;) {
      const found = this.transcript.heard.find(look);
      if (found) return found;
      if (Date.now() >= endMs) throw new Misconduct(`${what}: not within ${withinMs} ms`);
      await pause(20);
    }
  }

  /** Gives the seat back, and sees that the client ends well and has done nothing wrong. */
  async giveBack(client: ClientProgram): Promise<void> {
    client.give({ do: 'return' });
    await this.says(client, ['returned', 'lost']);
    await client.end();
  }

  /** What every client has to keep to, whatever the scenario. */
  judgeConduct(): void {
    judgeConduct(this.transcript, this.#clients);
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients) client.kill();
    await Promise.all(this.#servers.map((server) => server.down()));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Fails unless it is so. */
export function expectThat(fact: boolean, otherwise: string): asserts fact {
  if (!fact) throw new Misconduct(otherwise);
}

/** Fails unless a client has run for as long as it was granted, give or take `slackMs`. */
export function expectLife(lifeMs: number, grantedMs: number): void {
  expectThat(
    lifeMs < grantedMs + slackMs,
    `it ran for ${lifeMs} ms when ${grantedMs} ms were granted`,
  );
  expectThat(lifeMs > grantedMs - slackMs, `it stopped after ${lifeMs} of ${grantedMs} ms`);
}
