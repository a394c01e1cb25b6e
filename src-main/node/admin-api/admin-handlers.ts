import { FileInUse } from '../../files/replace-file.ts';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type {
  AdminArguments,
  AdminMethod,
  AdminResult,
  LicenseChange,
} from '../../../src-shared/contract/admin.ts';
import { formatBorrowToken } from '../../../src-shared/contract/remote-borrow.ts';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import { parseInstant } from '../../../src-shared/model/scalars.ts';
import { stampMs } from '../core/ledger/ledger-time.ts';
import { deriveLeasePage } from '../core/ledger/lease-page.ts';
import { describeNoLicense } from '../core/ledger/licenses.ts';
import { currentGrant } from '../core/ledger/ledger.ts';
import type { ConfigService } from '../config/config-service.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { Backups } from '../backup/backups.ts';
import type { Journal } from '../store/journal.ts';
import type { KeyRotator } from '../relationships/key-rotation.ts';
import { readRequestFile } from '../orders/borrow-orders.ts';
import type { Orders } from '../orders/orders.ts';
import type { MissingData } from '../replicas/missing-data.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import type { Log } from '../base/log.ts';
import type { LicenseFolder } from '../roll-out/license-folder.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import type { Servers } from '../peers/servers.ts';
import type { ConsentAnswers } from '../relationships/consent-answers.ts';
import type { Drill } from '../relationships/drill.ts';
import type { PlannedChanges } from '../relationships/planned-changes.ts';
import type { RelationshipService } from '../relationships/relationship-service.ts';
import { describeEvent, type Snapshots } from '../views/snapshot.ts';
import {
  demoLicenseFileName,
  demoLicenseText,
  demoVendorKeyId,
  demoVendorPublicKey,
} from '../licensing/demo.ts';
import { type AdminService, internalError } from './admin-service.ts';
import { type Store, StoreUnavailable } from '../store/store.ts';

export interface AdminServiceOptions {
  packaged: boolean;
  /** Who orders something here. */
  admin: Actor;
  replicas: Replicas;
  orders: Orders;
  relationships: RelationshipService;
  consentAnswers: ConsentAnswers;
  changes: PlannedChanges;
  drill: Drill;
  store: Store;
  settings: LiveSettings;
  config: Pick<ConfigService, 'apply' | 'export'>;
  notifier: Pick<Notifier, 'status' | 'set' | 'test'>;
  servers: Servers;
  keyRotator: Pick<KeyRotator, 'rotate'>;
  requestFile: () => AdminResult<'servers.requestFile'>;
  missing: Pick<MissingData, 'accept'>;
  licenseFolder: Pick<LicenseFolder, 'status'>;
  backups: Pick<Backups, 'create' | 'makeNow'>;
  renewIdentity: (force: boolean) => Promise<AdminAnswer<AdminResult<'identity.renew'>>>;
  snapshots: Snapshots;
  journal: Pick<Journal, 'note'>;
  log: Pick<Log, 'error'>;
  onChange: (listener: () => void) => () => void;
}

type Handlers = {
  [M in AdminMethod]: (args: AdminArguments<M>) => Promise<AdminAnswer<AdminResult<M>>>;
};

const reportDaysDefault = 30;

/** Answers every method of `adminContract`. A failure is a value; nothing is thrown. */
export function createAdminService(options: AdminServiceOptions): AdminService {
  const { snapshots, servers, keyRotator, log, onChange } = options;
  const handlers: Handlers = {
    ...options.orders.adminHandlers(),
    ...licenseHandlers(options),
    ...recordHandlers(options),
    ...borrowHandlers(options),
    ...relationshipHandlers(options),
    status: async () => done(snapshots.status()),
    snapshot: async () => done(snapshots.snapshot()),
    'settings.set': (change) => setSettings(options, change),
    'config.apply': (args) => options.config.apply(args),
    'config.export': async () => done(options.config.export()),
    'notify.show': async () => done({ notify: options.notifier.status() }),
    'notify.set': (change) => setNotify(options, change),
    'notify.test': ({ channel }) => options.notifier.test(channel),
    'vendor.list': async () => done({ vendors: snapshots.vendors() }),
    'servers.list': async () => done({ servers: snapshots.servers() }),
    'servers.invite': async ({ allow }) => servers.invite(allow),
    'servers.pair': async ({ address, code, allow }) => {
      const answer = await servers.pair(address, code, allow);
      if (!answer.ok) return answer;
      const { server, allows } = answer.value;
      return done({ server: snapshots.server(server), allows });
    },
    'servers.forget': ({ id }) => servers.forget(id),
    'servers.requestFile': async () => done(options.requestFile()),
    'servers.rotateKey': ({ force }) => keyRotator.rotate(force),
    stop: async () => done({ pid: process.pid }),
    'backup.create': ({ path, passphrase }) => options.backups.create(path, passphrase ?? null),
    'backup.now': () => options.backups.makeNow(),
    'ledger.acceptLoss': ({ force }) => options.missing.accept(force),
    'identity.renew': ({ force }) => options.renewIdentity(force),
  };
  return {
    call: async (method, args) => {
      try {
        return await handlers[method](args);
      } catch (error) {
        if (error instanceof StoreUnavailable) return refuse('STORE_UNAVAILABLE', error.message);
        if (error instanceof FileInUse) {
          return refuse('STORE_UNAVAILABLE', `${error.message}. Nothing was changed.`);
        }
        log.error(`The admin method ${method} failed`, error);
        return internalError;
      }
    },
    snapshot: () => snapshots.snapshot(),
    onChange,
  };
}

function done<T>(value: T): AdminAnswer<T> {
  return { ok: true, value };
}

type LicenseMethod =
  'license.list' | 'license.show' | 'license.folder' | 'license.rollback' | 'demo.install';

function licenseHandlers(options: AdminServiceOptions): Pick<Handlers, LicenseMethod> {
  const { snapshots } = options;
  const orders = options.orders.adminHandlers();
  const show = (id: string): AdminAnswer<AdminResult<'license.show'>> => {
    const license = snapshots.detail(id);
    if (license) return done({ license });
    return refuse('NO_SUCH_LICENSE', describeNoLicense(id));
  };
  return {
    'license.list': async () => done({ licenses: snapshots.statuses() }),
    'license.show': async ({ id }) => show(id),
    'license.folder': async () => done(options.licenseFolder.status()),
    'license.rollback': async (args) => {
      const answer = await orders['license.rollback'](args);
      return answer.ok ? show(args.id) : answer;
    },
    'demo.install': ({ consent }) => installDemo(options, consent),
  };
}

async function installDemo(
  { replicas, orders, packaged }: AdminServiceOptions,
  consent: boolean,
): Promise<AdminAnswer<{ changes: LicenseChange[] }>> {
  if (packaged && !consent) {
    return refuse(
      'DEMO_NEEDS_CONSENT',
      'The demo licences are signed with a key that everybody can get. Agree to trusting it on ' +
        'this server, and forget that vendor before real use.',
    );
  }
  const { vendor, publicKey } = demoVendorPublicKey;
  const demo = { keyId: demoVendorKeyId, vendor, publicKey, demo: true, trustedAtMs: 0 };
  const trusted = await orders.order(replicas.own(), { type: 'trust', vendor: demo });
  if (!trusted.ok) return trusted;
  const file = { content: demoLicenseText, fileName: demoLicenseFileName };
  return orders.adminHandlers()['license.import'](file);
}

type BorrowMethod = 'borrow.read' | 'borrow.grant';

function borrowHandlers(options: AdminServiceOptions): Pick<Handlers, BorrowMethod> {
  const orders = options.orders.adminHandlers();
  return {
    'borrow.read': async ({ content }) => readRequestFile(content),
    'borrow.grant': async (args) => {
      const answer = await orders['borrow.grant'](args);
      if (!answer.ok) return answer;
      const { created, answer: granted } = answer.value;
      return done({ lease: granted.lease, created, tokenFile: formatBorrowToken(granted) });
    },
  };
}

type RecordMethod = 'lease.list' | 'usage.report' | 'usage.records' | 'denial.list' | 'events.list';

function recordHandlers(options: AdminServiceOptions): Pick<Handlers, RecordMethod> {
  const { store, replicas } = options;
  return {
    'lease.list': async (query) => {
      const states = replicas.all().map(({ ledger }) => ledger);
      return done(deriveLeasePage(states, query, latestStampMs(replicas)));
    },
    'usage.report': async (range) => {
      const span = readSpan(range, latestStampMs(replicas), reportDaysDefault * dayMs);
      if (!span) return refuse('BAD_REQUEST', badSpan);
      const licenses = replicas.all().flatMap(({ ledger }) => [...ledger.licenses.values()]);
      const licenseUnits = Object.fromEntries(
        licenses.map((license) => [license.id, currentGrant(license).units]),
      );
      return done(await store.usageReport({ ...span, licenseUnits }));
    },
    'usage.records': async ({ afterSequence, limit, ...range }) => {
      const span = readSpan(range, latestStampMs(replicas), Infinity);
      if (!span) return refuse('BAD_REQUEST', badSpan);
      return done({ records: await store.usageRecords({ ...span, afterSequence, limit }) });
    },
    'denial.list': async ({ license, limit }) => {
      const query = license === undefined ? { limit } : { license, limit };
      return done({ denials: await store.denials(query) });
    },
    'events.list': async (query) => {
      const events = await store.events(query);
      return done({ events: events.map(describeEvent) });
    },
  };
}

/** Records are dated by the ledgers' time, which the host's clock may be ahead of or behind. */
function latestStampMs(replicas: Replicas): number {
  return Math.max(...replicas.all().map(({ ledger }) => stampMs(ledger.time)));
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

type RelationshipMethod = Extract<
  AdminMethod,
  | `relationship.${string}`
  | `switchover${'' | '.cancel'}`
  | 'failback'
  | `drill${'' | '.cancel'}`
  | 'preview'
>;

function relationshipHandlers({
  servers,
  consentAnswers,
  relationships,
  changes,
  drill,
}: AdminServiceOptions): Pick<Handlers, RelationshipMethod> {
  return {
    'relationship.check': (plan) => relationships.check(plan),
    'relationship.create': (plan) => relationships.create(plan),
    'relationship.members': (change) => relationships.changeMembers(change),
    'relationship.show': async ({ relationship }) => relationships.show(relationship),
    'relationship.requests': async () => done({ requests: servers.consents.requests() }),
    'relationship.accept': ({ id }) => consentAnswers.accept(id),
    'relationship.refuse': ({ id }) => consentAnswers.refuse(id),
    'relationship.set': (change) => relationships.set(change),
    'relationship.dissolve': (args) => relationships.dissolve(args),
    switchover: ({ to, relationship }) => changes.switchover(to, relationship),
    failback: ({ relationship }) => changes.failback(relationship),
    'switchover.cancel': async () => done({ cancelled: changes.cancel() }),
    drill: ({ relationship }) => drill.run(relationship),
    'drill.cancel': async () => done({ cancelled: drill.cancel() }),
    preview: async ({ stop, also }) => changes.preview([stop, ...also]),
  };
}

async function setSettings(
  { settings, journal, admin }: AdminServiceOptions,
  change: AdminArguments<'settings.set'>,
): Promise<AdminAnswer<AdminResult<'settings.set'>>> {
  const answer = await settings.change(change);
  if (!answer.ok) return answer;
  if (answer.value.changed.length > 0) {
    journal.note({
      kind: 'settingsChanged',
      severity: 'info',
      actor: admin,
      message: `Settings were changed: ${answer.value.changed.join(', ')}.`,
    });
  }
  return done({ settings: settings.current });
}

async function setNotify(
  { notifier, journal, admin }: AdminServiceOptions,
  change: AdminArguments<'notify.set'>,
): Promise<AdminAnswer<AdminResult<'notify.set'>>> {
  const answer = await notifier.set(change);
  if (!answer.ok) return answer;
  const { notify, changed } = answer.value;
  if (changed.length > 0) {
    journal.note({
      kind: 'settingsChanged',
      severity: 'info',
      actor: admin,
      message: `Who is told of events was changed: ${changed.join(', ')}.`,
    });
  }
  return done({ notify });
}
