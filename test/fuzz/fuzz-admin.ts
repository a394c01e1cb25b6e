import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import type { LicenseNode } from '../../src-main/node/index.ts';
import { adminErrorSchema } from '../../src-shared/contract/admin-error.ts';
import { adminContract, type AdminMethod } from '../../src-shared/contract/admin.ts';
import { nodeSnapshotSchema } from '../../src-shared/model/node-snapshot.ts';
import { OfflineMachine } from '../support/borrow-files.ts';
import { makeLicenseFile, makeVendor, type TestVendor } from '../support/licenses.ts';
import { leaseIdOf, otherId } from '../support/records.ts';
import { createFuzzNode } from './fuzz-node.ts';
import { mutate, type Random } from './mutate.ts';
import { type Json, mutateJson, pick } from './mutate-json.ts';

/** Ends the server, or gives it another identity. */
type Unasked = 'stop' | 'identity.renew' | 'servers.rotateKey';
type Asked = Exclude<AdminMethod, Unasked>;

/** Fields that would have the server write, listen or connect outside of what the fuzzer made. */
const outside = new Set([
  'path',
  'backupFolder',
  'listenHost',
  'mdns',
  'mdnsInterface',
  'fixedPeers',
  'url',
  'host',
]);

interface Answer {
  status: number;
  body: string;
}

/** A whole node, and a program on its admin socket that sends what it likes. */
export class AdminTarget {
  readonly #node: LicenseNode;
  readonly #folder: string;
  readonly #samples: Record<Asked, Json>;
  /** Requests that were carried out. */
  served = 0;

  private constructor(node: LicenseNode, folder: string, samples: Record<Asked, Json>) {
    this.#node = node;
    this.#folder = folder;
    this.#samples = samples;
  }

  static async start(): Promise<AdminTarget> {
    const folder = mkdtempSync(join(tmpdir(), 'us-fuzz-'));
    const node = await createFuzzNode(folder, () => {
      throw new Error('it was asked to stop');
    });
    await node.listening();
    const vendor = await makeVendor();
    return new AdminTarget(node, folder, await makeSamples(vendor));
  }

  /** Throws when an answer is none of the contract. */
  async fuzz(random: Random): Promise<void> {
    const method = pick(Object.keys(this.#samples) as Asked[], random) ?? 'status';
    const params = keepInside(mutateJson(this.#samples[method], random), this.#samples[method]);
    const text = Buffer.from(JSON.stringify(params));
    const isBroken = random.below(10) === 0;
    const isAside = random.below(20) === 0;
    const path = isAside ? `/admin/v1/${mutateName(method, random)}` : `/admin/v1/${method}`;
    // Bytes of a body that may change more than a value go to what only reads.
    const body = isBroken && method.endsWith('list') ? mutate(text, random) : text;
    const answer = await this.#send(path, body);
    if (!isAside) this.#judge(method, answer);
    else if (answer.status >= 500) throw new Error(`${path}: ${answer.status} ${answer.body}`);
  }

  /** What the server shows of itself is by its schema, and says that it serves. */
  async check(): Promise<void> {
    const { status, body } = await this.#send('/admin/v1/snapshot', Buffer.from('{}'));
    if (status !== 200) throw new Error(`snapshot: ${status} ${body}`);
    const { serving } = nodeSnapshotSchema.parse(JSON.parse(body));
    if (serving.state !== 'serving') throw new Error(`it is ${serving.state}`);
  }

  async stop(): Promise<void> {
    await this.#node.stop();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  #judge(method: Asked, { status, body }: Answer): void {
    const value = JSON.parse(body) as unknown;
    if (status === 200) {
      adminContract[method].result.parse(value);
      this.served++;
      return;
    }
    const { error } = adminErrorSchema.parse(value);
    const isFault =
      error.code === 'INTERNAL' || error.message === '' || error.message.length > 4_096;
    if (isFault) throw new Error(`${method}: ${status} ${body}`);
  }

  #send(path: string, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const outgoing = request(
        { socketPath: adminAddress(this.#folder), method: 'POST', path, headers },
        (incoming) => {
          let received = '';
          incoming.setEncoding('utf8');
          incoming.on('data', (part: string) => (received += part));
          incoming.on('error', reject);
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: received }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

/** Params of every method that may be asked, such as an admin gives. */
async function makeSamples(vendor: TestVendor): Promise<Record<Asked, Json>> {
  const content = await makeLicenseFile(vendor, { units: 5 }, { id: 'other', feature: 'sim' });
  const time = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
  // Nobody listens there.
  const address = '127.0.0.1:1';
  const plan = { kind: 'backup', main: otherId, backup: 'other', mutual: true };
  const machine = new OfflineMachine();
  const lease = { id: leaseIdOf(1), license: 'acme-cad', feature: 'cad', units: 1, ttlSeconds: 60 };
  const borrowed = { lease: { ...lease, grantedAt: time.from }, token: 'a.b.c' };
  const empty = {};
  return {
    status: empty,
    snapshot: empty,
    'lease.list': { search: 'a', license: 'acme-cad', sort: 'user', offset: 0, limit: 10 },
    'usage.report': time,
    'usage.records': { ...time, afterSequence: 0, limit: 10 },
    'denial.list': { license: 'acme-cad', limit: 10 },
    'events.list': { search: 'x', severities: ['info', 'error'], beforeSequence: 9, limit: 10 },
    'license.import': { content, fileName: 'fuzz.lic' },
    'license.diff': { content },
    'license.list': empty,
    'license.folder': empty,
    'license.show': { id: 'acme-cad' },
    'license.rollback': { id: 'acme-cad' },
    'license.remove': { id: 'other' },
    'clock.accept': { ledger: otherId },
    'backup.create': { path: 'relative' },
    'backup.now': empty,
    'ledger.acceptLoss': empty,
    'vendor.trust': { content: vendor.publicFile },
    'vendor.list': empty,
    'vendor.forget': { keyId: vendor.key.keyId },
    'demo.install': { consent: true },
    'lease.release': { id: leaseIdOf(1) },
    'borrow.read': { content: machine.requestFile },
    'borrow.grant': { content: machine.requestFile },
    'borrow.takeBack': { content: machine.returnFile(borrowed) },
    'servers.list': empty,
    'servers.invite': { allow: 'nothing' },
    'servers.pair': { address, code: 'AAAAA-AAAAA-AAAAA-AAAAA', allow: 'relationship' },
    'servers.forget': { id: otherId },
    'servers.requestFile': empty,
    'relationship.requests': empty,
    'relationship.accept': { id: otherId },
    'relationship.refuse': { id: otherId },
    'relationship.check': plan,
    'relationship.create': plan,
    'relationship.members': { change: 'replace', server: otherId, by: 'other' },
    'relationship.show': empty,
    'relationship.set': { settings: { heartbeatMs: 100 }, policy: 'strict', mutual: false },
    'relationship.dissolve': { force: true },
    switchover: { to: otherId },
    failback: empty,
    'switchover.cancel': empty,
    drill: empty,
    'drill.cancel': empty,
    preview: { stop: otherId },
    'config.apply': {
      config: {
        format: 'understudy-config/1',
        settings: { name: 'Fuzz', logLevel: 'error', backupsKept: 1 },
        pairings: [{ code: 'AAAAA-AAAAA-AAAAA-AAAAA', address, allow: 'relationship' }],
        relationship: { backup: 'other', mutual: true, settings: { heartbeatMs: 100 } },
      },
      fileName: 'fuzz.json',
      dryRun: false,
    },
    'config.export': empty,
    'notify.show': empty,
    'notify.set': {
      webhook: { url: `http://${address}/`, authorization: 'Bearer x', topics: ['seats'] },
      email: { host: '127.0.0.1', port: 1, user: 'u', from: 'a@b.de', to: ['c@d.de'] },
      program: null,
    },
    'notify.test': { channel: 'webhook' },
    'settings.set': {
      ...{ name: 'Fuzz', clientAddresses: ['lic-a:7470'], logLevel: 'error', connectionsMax: 100 },
      ...{ requestsPerSecondMax: 100, usageKeptDays: 400, usageRecordsMax: 5_000 },
      ...{ usageMegabytesMax: 20, timelineEntriesMax: 20_000, timelineMegabytesMax: 20 },
      ...{ backupsKept: 1, backupTime: '02:30' },
    },
  };
}

/** What was mutated, with the fields that reach outside as they were; a place to connect to stays. */
function keepInside(params: Json, sample: Json): Json {
  if (params === null || typeof params !== 'object') return params;
  if (Array.isArray(params)) {
    const [first = {}] = Array.isArray(sample) ? sample : [];
    return params.map((one) => keepInside(one, first));
  }
  const isObject = sample !== null && typeof sample === 'object' && !Array.isArray(sample);
  const kept: Record<string, Json> = isObject ? sample : {};
  for (const key of Object.keys(params)) {
    const stays = outside.has(key) || (key === 'address' && typeof params[key] === 'string');
    if (stays && kept[key] !== undefined) params[key] = kept[key];
    else if (stays) delete params[key];
    else params[key] = keepInside(params[key] ?? null, kept[key] ?? {});
  }
  return params;
}

function mutateName(method: string, random: Random): string {
  const bytes = mutate(Buffer.from(method), random).toString('latin1');
  const name = encodeURIComponent(bytes.replace(/[^\x21-\x7e]/g, '%'));
  return name in adminContract ? 'nothing' : name;
}
