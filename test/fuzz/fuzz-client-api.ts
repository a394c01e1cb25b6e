import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LicenseNode } from '../../src-main/node/index.ts';
import { OfflineMachine } from '../support/borrow-files.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { createFuzzNode } from './fuzz-node.ts';
import { mutate, type Random } from './mutate.ts';
import { type Json, mutateJson, pick } from './mutate-json.ts';
import { type RawAnswer, RawConnection } from './raw-https.ts';

const methods = ['GET', 'POST', 'POST', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'];
const connectionsMax = 16;
const units = 100;

/** Statuses that the contract knows. A 500 is a fault. */
const expected = new Set([200, 201, 204, 307, 400, 403, 404, 405, 409, 413, 415, 429, 431, 503]);

interface Known {
  lease: string;
  token: string;
}

/** A whole node on a port of 127.0.0.1, and clients that send it what they like. */
export class ClientApiTarget {
  readonly #node: LicenseNode;
  readonly #port: number;
  readonly #folder: string;
  readonly #connections: RawConnection[] = [];
  /** Leases of former answers, with their tokens. */
  readonly #known: Known[] = [];
  /** Inputs that were answered well. */
  served = 0;

  private constructor(node: LicenseNode, port: number, folder: string) {
    this.#node = node;
    this.#port = port;
    this.#folder = folder;
  }

  static async start(): Promise<ClientApiTarget> {
    const folder = mkdtempSync(join(tmpdir(), 'us-fuzz-'));
    const node = await createFuzzNode(folder, () => undefined);
    const { port } = await node.listening();
    const vendor = await makeVendor();
    const content = await makeLicenseFile(vendor, {
      units,
      ttlSeconds: 5,
      borrow: { maxDays: 1, maxUnits: 5 },
    });
    await node.admin.call('settings.set', { requestsPerSecondMax: 1_000_000 });
    await node.admin.call('vendor.trust', { content: vendor.publicFile });
    await node.admin.call('license.import', { content, fileName: 'fuzz.lic' });
    return new ClientApiTarget(node, port, folder);
  }

  /** Throws when an answer is none of the contract, or the server gives none. */
  async fuzz(random: Random): Promise<void> {
    if (random.below(400) === 0) {
      await this.#sendBroken(random);
      return;
    }
    const slot = random.below(connectionsMax);
    const open = this.#connections[slot];
    const connection = open?.isOpen === true ? open : new RawConnection(this.#port);
    this.#connections[slot] = connection;
    const method = pick(methods, random) ?? 'GET';
    const body = makeBody(method, random);
    const head = this.#makeHead(method, body, random);
    const answer = await connection.send(Buffer.concat([head, body]), method === 'HEAD');
    // Closed instead: what is no HTTP is answered and cut off, perhaps faster than it is sent.
    if (answer) this.#judge(answer, method, head);
    else connection.close();
  }

  /** The server is well: it grants, renews and takes back. */
  async check(): Promise<void> {
    const { leaseCount } = this.#node.admin.snapshot();
    if (leaseCount > units) throw new Error(`${leaseCount} leases of ${units} units are out`);
    const connection = new RawConnection(this.#port);
    const answer = await connection.send(Buffer.from('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'));
    connection.close();
    if (answer?.status !== 200) throw new Error(`the server is not well: ${answer?.body}`);
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.#node.stop();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  #judge({ status, body }: RawAnswer, method: string, head: Buffer): void {
    if (!expected.has(status)) throw new Error(`${status} to ${head.toString('latin1')}: ${body}`);
    if (status < 300) this.served++;
    if (method === 'HEAD' || status === 204 || status === 307) return;
    if (status >= 400 && !body.includes('"code":"LS_')) throw new Error(`${status}: ${body}`);
    if (!body.startsWith('{"lease"')) return;
    const { lease, token } = JSON.parse(body) as { lease: { id: string }; token: string };
    this.#known.push({ lease: lease.id, token });
    if (this.#known.length > 200) this.#known.shift();
  }

  /** Bytes that are no request any longer, on a connection of their own that then ends. */
  async #sendBroken(random: Random): Promise<void> {
    const body = makeBody('POST', random);
    const whole = Buffer.concat([this.#makeHead('POST', body, random), body]);
    const connection = new RawConnection(this.#port);
    const received = await connection.sendAndEnd(mutate(whole, random));
    if (received.startsWith('HTTP/1.1 500')) throw new Error(received);
  }

  #makeHead(method: string, body: Buffer, random: Random): Buffer {
    const known = pick(this.#known, random);
    const lease = known && random.below(4) > 0 ? known.lease : mutateText('0'.repeat(36), random);
    const paths = [
      '/v1/leases',
      '/v1/leases',
      `/v1/leases/${lease}/renew`,
      `/v1/leases/${lease}`,
      '/v1/borrow-requests',
      '/v1/borrow-returns',
      '/v1/licenses',
      '/v1/servers',
      '/healthz',
      mutateText('/v1/leases/x/renew', random),
    ];
    const token = known && random.below(3) > 0 ? known.token : mutateText('e30.e30.sig', random);
    const lines = [
      `${method} ${pick(paths, random) ?? '/'} HTTP/1.1`,
      'Host: fuzz',
      `Content-Length: ${body.length}`,
      ...(random.below(20) === 0 ? [] : ['Content-Type: application/json']),
      ...(random.below(3) === 0 ? [] : [`Understudy-Token: ${alter(token, random)}`]),
      ...(random.below(10) === 0 ? [`X-Odd: ${mutateText('odd', random)}`] : []),
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }
}

function makeBody(method: string, random: Random): Buffer {
  if (method === 'GET' || method === 'HEAD' || random.below(20) === 0) return Buffer.alloc(0);
  if (random.below(6) === 0) return Buffer.from(makeBorrowFile(random));
  const request: Json = {
    feature: 'cad',
    units: 1,
    client: { instance: `i-${random.below(200)}`, user: 'anna', host: 'pc-1', app: 'cad.exe' },
  };
  if (random.below(8) === 0) request.borrowUntil = new Date(Date.now() + 60_000).toISOString();
  if (random.below(8) === 0) request.version = '1.0';
  if (random.below(3) === 0) return Buffer.from(JSON.stringify(request));
  const text = Buffer.from(JSON.stringify(mutateJson(request, random)));
  return random.below(4) === 0 ? mutate(text, random) : text;
}

const machines = Array.from({ length: 8 }, () => new OfflineMachine());

/** A request or return file: as it should be, with another payload that is signed all the same, or changed. */
function makeBorrowFile(random: Random): string {
  const machine = pick(machines, random) ?? new OfflineMachine();
  const id = randomLease(random);
  const lease = { id, license: 'cad', feature: 'cad', units: 1, grantedAt: '', ttlSeconds: 5 };
  const isRequest = random.below(2) === 0;
  const file = isRequest ? machine.requestFile : machine.returnFile({ lease, token: 'e30.e30.x' });
  if (random.below(3) === 0) return file;
  const { payload } = JSON.parse(file) as { payload: string };
  const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Json;
  const typ = `understudy-borrow-${isRequest ? 'request' : 'return'}+jws`;
  if (random.below(2) === 0) return machine.sign(mutateJson(said, random), typ);
  return JSON.stringify(mutateJson(JSON.parse(file) as Json, random));
}

function randomLease(random: Random): string {
  return `00000000-0000-4000-8000-00000000000${random.below(10)}`;
}

/** Text of one line, in which bytes were changed. */
function mutateText(text: string, random: Random): string {
  const bytes = mutate(Buffer.from(text), random);
  return bytes.toString('latin1').replace(/[^\x21-\x7e]/g, '%');
}

function alter(token: string, random: Random): string {
  return random.below(3) === 0 ? mutateText(token, random) : token;
}
