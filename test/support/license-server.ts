import type { AdminMethod, AdminParams, AdminResult } from '../../src-shared/contract/admin.ts';
import type { ListedLease } from '../../src-shared/model/lease.ts';
import type { LicenseGrant } from '../../src-shared/model/license.ts';
import type { LedgerStatus } from '../../src-shared/model/node-snapshot.ts';
import type { TimelineEvent, TimelineKind } from '../../src-shared/model/timeline.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';
import { callAdmin } from './json-request.ts';
import { makeLicenseFile, type TestVendor } from './licenses.ts';
import { type ServeOptions, ServeProcess } from './serve-process.ts';

export interface LicenseServerOptions extends Omit<ServeOptions, 'args'> {
  name: string;
  dataDirectory: string;
  /** Where it listens; 127.0.0.1 and a free port by default. */
  listen?: { host: string; port: number };
  /** Arguments beside those for the above. */
  moreArgs?: string[];
}

/** A server of its own process with its admin; started again, it is at the same port. */
export class LicenseServer {
  readonly name: string;
  readonly dataDirectory: string;
  /** What it says its version is from its next start on; package.json's unless told. */
  version: string | undefined;
  readonly #options: LicenseServerOptions;
  #process: ServeProcess | undefined;
  #id = '';
  #port = 0;
  #stderr = '';

  constructor(options: LicenseServerOptions) {
    this.name = options.name;
    this.dataDirectory = options.dataDirectory;
    this.#options = options;
    this.#port = options.listen?.port ?? 0;
  }

  get id(): string {
    return this.#id;
  }

  get port(): number {
    return this.#port;
  }

  /** `host:port` for programs on this machine. */
  get localAddress(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Of the process that runs now. */
  get pid(): number {
    const pid = this.#process?.child.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  /** What it said of itself on stderr, of all its runs. */
  get stderr(): string {
    return this.#stderr + (this.#process?.stderr ?? '');
  }

  /** Resolves when clients can connect. */
  async start(): Promise<void> {
    const { name, dataDirectory, listen, moreArgs = [], ...serve } = this.#options;
    const host = listen?.host ?? '127.0.0.1';
    const args = ['--name', name, '--listen', `${host}:${this.#port}`, ...moreArgs];
    this.#stderr = this.stderr;
    const { version = serve.version } = this;
    this.#process = new ServeProcess(dataDirectory, {
      ...serve,
      ...(version === undefined ? {} : { version }),
      args,
    });
    const { id, port } = await this.#process.ready();
    this.#id = id;
    this.#port = port;
  }

  /** kill -9. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** SIGTERM; resolves to the exit status. */
  async stop(): Promise<number | NodeJS.Signals> {
    if (!this.#process) throw new Error(`${this.name} was not started`);
    return this.#process.stop();
  }

  freeze(): void {
    this.#process?.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.child.kill('SIGCONT');
  }

  /** Calls a method of the admin interface; rejects when it is refused. */
  async call<M extends AdminMethod>(method: M, params: AdminParams<M>): Promise<AdminResult<M>> {
    const answer = await callAdmin(this.dataDirectory, method, params);
    if (answer.ok) return answer.value;
    throw new Error(`${this.name} refused ${method}: ${answer.code}: ${answer.message}`);
  }

  /** Makes it trust a vendor and installs the vendor's licences. */
  async install(vendor: TestVendor, ...grants: Partial<LicenseGrant>[]): Promise<void> {
    await this.call('vendor.trust', { content: vendor.publicFile });
    const content = await makeLicenseFile(vendor, ...grants);
    await this.call('license.import', { content, fileName: 'test.lic' });
  }

  async leases(feature: string): Promise<ListedLease[]> {
    const { leases, total } = await this.call('lease.list', { limit: 1_000 });
    if (total > leases.length) throw new Error(`${total} leases are more than a page`);
    return leases.filter((lease) => lease.feature === feature);
  }

  async usage(): Promise<UsageRecord[]> {
    const all: UsageRecord[] = [];
    for (;;) {
      const afterSequence = all.at(-1)?.sequence ?? 0;
      const { records } = await this.call('usage.records', { afterSequence, limit: 1_000 });
      if (records.length === 0) return all;
      all.push(...records);
    }
  }

  /** The ledgers that are shared with others, as this server sees them. */
  async sharedLedgers(): Promise<LedgerStatus[]> {
    const { ledgers } = await this.call('status', {});
    return ledgers.filter(({ rule }) => rule !== null);
  }

  /** The ledger with the licences of a server. */
  async ledgerOf(primary: LicenseServer): Promise<LedgerStatus | undefined> {
    const { ledgers } = await this.call('status', {});
    return ledgers.find(({ members }) => members[0] === primary.id);
  }

  /** What it knows to have happened, oldest first. */
  async timeline(...kinds: TimelineKind[]): Promise<TimelineEvent[]> {
    const { events } = await this.call('events.list', { afterSequence: 0, limit: 1_000 });
    return kinds.length === 0 ? events : events.filter(({ kind }) => kinds.includes(kind));
  }
}
