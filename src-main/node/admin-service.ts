import type {
  AdminAnswer,
  AdminArguments,
  AdminErrorCode,
  AdminMethod,
  AdminResult,
  LicenseChange,
} from '../../src-shared/contract/admin.ts';
import { parseInstant } from '../../src-shared/model/scalars.ts';
import type { TrustedVendor } from '../../src-shared/model/vendor.ts';
import type { Reply } from './core/effect.ts';
import { highestWallMs } from './core/draft.ts';
import { deriveLeasePage } from './core/lease-page.ts';
import { deriveLicenseStatus } from './core/license-view.ts';
import type { Log } from './io/log.ts';
import type { LiveSettings } from './io/node-settings-live.ts';
import type { Servers } from './io/peers/servers.ts';
import type { RequestInput, Runner } from './io/runner.ts';
import type { ServingStatus } from './io/serving-status.ts';
import { describeEvent, type Snapshots } from './io/snapshot.ts';
import {
  demoLicenseFileName,
  demoLicenseText,
  demoVendorKeyId,
  demoVendorPublicKey,
} from './licensing/demo.ts';
import { readLicenseFile } from './licensing/read-license-file.ts';
import { parseVendorPublicKey } from './licensing/vendor-key.ts';
import type { AdminService } from './license-node.ts';
import { type Store, StoreUnavailable } from './store.ts';

export interface AdminServiceOptions {
  serverId: string;
  packaged: boolean;
  runner: Runner;
  store: Store;
  settings: LiveSettings;
  servers: Servers;
  snapshots: Snapshots;
  serving: ServingStatus;
  nowMs: () => number;
  log: Pick<Log, 'error'>;
  onChange: (listener: () => void) => () => void;
}

type Handlers = {
  [M in AdminMethod]: (args: AdminArguments<M>) => Promise<AdminAnswer<AdminResult<M>>>;
};

const dayMs = 86_400_000;
const reportDaysDefault = 30;

/** Answers every method of `adminContract`. A failure is a value; nothing is thrown. */
export function createAdminService(options: AdminServiceOptions): AdminService {
  const { snapshots, servers, log, onChange } = options;
  const handlers: Handlers = {
    ...licenseHandlers(options),
    ...vendorHandlers(options),
    ...recordHandlers(options),
    status: async () => done(snapshots.status()),
    snapshot: async () => done(snapshots.snapshot()),
    'lease.list': async (query) => {
      const { state } = options.runner;
      return done(deriveLeasePage(state, query, highestWallMs(state, options.nowMs())));
    },
    'lease.release': async ({ id: leaseId }) =>
      ask(options.runner, { type: 'releaseRequested', leaseId }, (reply) =>
        reply.type === 'leaseEnded' ? {} : undefined,
      ),
    'settings.set': (change) => setSettings(options, change),
    'servers.list': async () => done({ servers: servers.list() }),
    'servers.invite': async () => servers.invite(),
    'servers.pair': ({ address, code }) => servers.pair(address, code),
    'servers.forget': ({ id }) => servers.forget(id),
  };
  return {
    call: async (method, args) => {
      try {
        return await handlers[method](args);
      } catch (error) {
        if (error instanceof StoreUnavailable) return fail('STORE_UNAVAILABLE', error.message);
        log.error(`The admin method ${method} failed`, error);
        return fail('INTERNAL', 'The server met an internal error; its log has the details.');
      }
    },
    snapshot: () => snapshots.snapshot(),
    onChange,
  };
}

function done<T>(value: T): AdminAnswer<T> {
  return { ok: true, value };
}

function fail(code: AdminErrorCode, message: string): AdminAnswer<never> {
  return { ok: false, code, message };
}

/** Asks the core; `read` takes the value out of the reply that belongs to the request. */
async function ask<T>(
  runner: Runner,
  input: RequestInput,
  read: (reply: Reply) => T | undefined,
): Promise<AdminAnswer<T>> {
  const outcome = await runner.request(input);
  if (outcome.type === 'unavailable') return fail('STORE_UNAVAILABLE', outcome.message);
  const { reply } = outcome;
  if (reply.type === 'adminRefused') return fail(reply.code, reply.message);
  const value = read(reply);
  if (value === undefined) throw new Error(`${reply.type} is no reply to ${input.type}`);
  return done(value);
}

type LicenseMethod =
  | 'license.import'
  | 'license.diff'
  | 'license.list'
  | 'license.show'
  | 'license.rollback'
  | 'license.remove'
  | 'demo.install';

function licenseHandlers(options: AdminServiceOptions): Pick<Handlers, LicenseMethod> {
  const { runner, snapshots, serving } = options;
  const show = (id: string): AdminAnswer<AdminResult<'license.show'>> => {
    const license = snapshots.detail(id);
    if (license) return done({ license });
    return fail(
      'NO_SUCH_LICENSE',
      `There is no licence ${id}. List the licences to see their ids.`,
    );
  };
  return {
    'license.import': ({ content, fileName }) =>
      importFile(runner, { content, fileName, dryRun: false }),
    'license.diff': ({ content }) => importFile(runner, { content, fileName: '', dryRun: true }),
    'license.list': async () => {
      const servedBy = serving.servedBy();
      const licenses = [...runner.state.licenses.values()];
      return done({
        licenses: licenses.map((license) => deriveLicenseStatus(runner.state, license, servedBy)),
      });
    },
    'license.show': async ({ id }) => show(id),
    'license.rollback': async ({ id }) => {
      const answer = await ask(runner, { type: 'rollbackRequested', licenseId: id }, (reply) =>
        reply.type === 'licenseRolledBack' ? reply.licenseId : undefined,
      );
      return answer.ok ? show(answer.value) : answer;
    },
    'license.remove': ({ id }) =>
      ask(runner, { type: 'removalRequested', licenseId: id }, (reply) =>
        reply.type === 'licenseRemoved' ? { leasesLeft: reply.leasesLeft } : undefined,
      ),
    'demo.install': ({ consent }) => installDemo(options, consent),
  };
}

type Changes = AdminAnswer<{ changes: LicenseChange[] }>;

interface GivenFile {
  content: string;
  fileName: string;
  /** Only say what would change. */
  dryRun: boolean;
}

async function importFile(
  runner: Runner,
  { content, fileName, dryRun }: GivenFile,
): Promise<Changes> {
  const read = await readLicenseFile(content, [...runner.state.vendors.values()]);
  if (!read.ok) {
    if (!dryRun) runner.notify({ type: 'licenseFileRefused', fileName, message: read.message });
    return fail(read.code, read.message);
  }
  const { licenses } = read;
  return ask(runner, { type: 'licensesImported', licenses, fileName, dryRun }, (reply) =>
    reply.type === 'licensesChanged' ? { changes: reply.changes } : undefined,
  );
}

async function installDemo(
  { runner, packaged }: AdminServiceOptions,
  consent: boolean,
): Promise<Changes> {
  if (packaged && !consent) {
    return fail(
      'DEMO_NEEDS_CONSENT',
      'The demo licences are signed with a key that everybody can get. Agree to trusting it on ' +
        'this server, and forget that vendor before real use.',
    );
  }
  const trusted = await trust(runner, {
    keyId: demoVendorKeyId,
    vendor: demoVendorPublicKey.vendor,
    publicKey: demoVendorPublicKey.publicKey,
    demo: true,
  });
  if (!trusted.ok) return trusted;
  const file = { content: demoLicenseText, fileName: demoLicenseFileName, dryRun: false };
  return importFile(runner, file);
}

type VendorMethod = 'vendor.trust' | 'vendor.list' | 'vendor.forget';

function vendorHandlers({ runner }: AdminServiceOptions): Pick<Handlers, VendorMethod> {
  return {
    'vendor.trust': async ({ content }) => {
      const parsed = await parseVendorPublicKey(content);
      if (!parsed.ok) return fail(parsed.code, parsed.message);
      const { vendor, publicKey } = parsed.key;
      const { keyId } = parsed;
      return trust(runner, { keyId, vendor, publicKey, demo: keyId === demoVendorKeyId });
    },
    'vendor.list': async () => done({ vendors: [...runner.state.vendors.values()] }),
    'vendor.forget': ({ keyId }) =>
      ask(runner, { type: 'vendorForgotten', keyId }, (reply) =>
        reply.type === 'vendorDropped' ? {} : undefined,
      ),
  };
}

// The core stamps the time.
function trust(
  runner: Runner,
  vendor: Omit<TrustedVendor, 'trustedAtMs'>,
): Promise<AdminAnswer<{ vendor: TrustedVendor }>> {
  const event = { type: 'vendorTrusted', vendor: { ...vendor, trustedAtMs: 0 } } as const;
  return ask(runner, event, (reply) =>
    reply.type === 'vendorKept' ? { vendor: reply.vendor } : undefined,
  );
}

type RecordMethod = 'usage.report' | 'usage.records' | 'denial.list' | 'events.list';

function recordHandlers(options: AdminServiceOptions): Pick<Handlers, RecordMethod> {
  const { store, runner, serverId } = options;
  return {
    'usage.report': async (range) => {
      const span = readSpan(range, options.nowMs(), reportDaysDefault * dayMs);
      if (!span) return fail('BAD_REQUEST', badSpan);
      const licenseUnits = Object.fromEntries(
        [...runner.state.licenses.values()].map(({ id, versions }) => [
          id,
          versions.at(-1)?.grant.units ?? 0,
        ]),
      );
      return done(await store.usageReport({ ...span, licenseUnits }));
    },
    'usage.records': async ({ afterSequence, limit, ...range }) => {
      const span = readSpan(range, options.nowMs(), Infinity);
      if (!span) return fail('BAD_REQUEST', badSpan);
      return done({ records: await store.usageRecords({ ...span, afterSequence, limit }) });
    },
    'denial.list': async ({ license, limit }) => {
      const query = license === undefined ? { limit } : { license, limit };
      return done({ denials: await store.denials(query) });
    },
    'events.list': async (query) => {
      const events = await store.events(query);
      return done({ events: events.map((event) => describeEvent(event, serverId)) });
    },
  };
}

const badSpan = 'The start of the time ("from") must be before its end ("to") and before now.';

/** A span that ends now at the latest; undefined when nothing is left of it. */
function readSpan(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
  defaultMs: number,
): { fromMs: number; toMs: number } | undefined {
  const toMs = Math.min(to === undefined ? nowMs : parseInstant(to), nowMs);
  const fromMs = from === undefined ? Math.max(0, toMs - defaultMs) : parseInstant(from);
  return fromMs < toMs ? { fromMs, toMs } : undefined;
}

async function setSettings(
  { settings, servers, runner }: AdminServiceOptions,
  change: AdminArguments<'settings.set'>,
): Promise<AdminAnswer<AdminResult<'settings.set'>>> {
  const answer = await settings.change(change);
  if (!answer.ok) return answer;
  if (answer.value.changed.length > 0) {
    servers.noteChange();
    runner.notify({
      type: 'incidentReported',
      kind: 'settingsChanged',
      severity: 'info',
      message: `Settings were changed: ${answer.value.changed.join(', ')}.`,
    });
  }
  return done({ settings: settings.current });
}
