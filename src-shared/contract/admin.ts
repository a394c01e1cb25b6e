import { z } from 'zod';
import { backupStatusSchema, backupSummarySchema } from '../model/backup.ts';
import { allowedSchema, consentSchema } from '../model/consent.ts';
import { keyRotationSchema } from '../model/key-rotation.ts';
import { licenseFolderSchema } from '../model/license-folder.ts';
import { licenseDetailSchema, licenseStatusSchema } from '../model/license.ts';
import { nodeSettingsChangeSchema, nodeSettingsSchema } from '../model/node-settings.ts';
import { nodeSnapshotSchema, statusDocumentSchema } from '../model/node-snapshot.ts';
import { notifyChangeSchema, notifyChannelSchema, notifyStatusSchema } from '../model/notify.ts';
import {
  hostPortSchema,
  instantSchema,
  leaseIdSchema,
  licenseIdSchema,
  serverIdSchema,
  textSchema,
} from '../model/scalars.ts';
import { saidTextSchema } from '../model/said-text.ts';
import { serverConfigSchema } from '../model/server-config.ts';
import { serverRequestSchema } from '../model/server-request.ts';
import { invitationStatusSchema, serverRowSchema } from '../model/server-row.ts';
import { trustedVendorSchema } from '../model/vendor.ts';
import { adminErrorSchema } from './admin-error.ts';
import { borrowMethods } from './borrow-methods.ts';
import { recordMethods } from './records.ts';
import { relationshipMethods } from './relationship-methods.ts';

/** Longest licence or vendor file in bytes. */
export const importedFileBytesMax = 4 * 1024 * 1024;

/** Longest request on the admin socket in bytes: a file in JSON, every character escaped at worst. */
export const adminBodyBytesMax = 4 * importedFileBytesMax;

/** Name of the admin socket in the data directory. */
export const adminSocketName = 'admin.sock';

/** A line of the watch that says: nothing has changed since the last one. */
export const unchangedLine = '{"unchanged":true}';

/**
 * How closely a node is watched: `close` by who looks at it, `calm` by who waits for a change. Who watches
 * hears of it every `heardEveryMs`, by a snapshot each `snapshotEvery` times and at every change, but
 * not more often than `changesEveryMs`.
 */
export const watchPaces = {
  close: { heardEveryMs: 1_000, snapshotEvery: 5, changesEveryMs: 0 },
  calm: { heardEveryMs: 4_000, snapshotEvery: 15, changesEveryMs: 1_000 },
} as const;
export type WatchPace = keyof typeof watchPaces;

const emptySchema = z.strictObject({});
const fileContentSchema = z.string().max(importedFileBytesMax);

export const licenseChangeSchema = z.object({
  id: licenseIdSchema,
  kind: z.enum(['new', 'replace', 'same', 'refused']),
  serial: z.int(),
  feature: z.string(),
  product: z.string(),
  demo: z.boolean(),
  /** What differs from the installed version; of a new licence what it grants, `from` empty. */
  fields: z.array(z.object({ field: z.string(), from: z.string(), to: z.string() })),
  refusal: adminErrorSchema.shape.error.optional(),
  /** What the admin should know before installing, such as fewer units than are out. */
  warnings: z.array(z.string()),
});
export type LicenseChange = z.infer<typeof licenseChangeSchema>;

/** An order to a ledger, as the server that serves it is told of it, and what the order comes to. */
export interface OrderEntry {
  params: z.ZodObject<{ type: z.ZodLiteral<string> }>;
  result: z.ZodType;
}

interface AdminEntry {
  params: z.ZodType;
  result: z.ZodType;
  /** The call ends when other servers have done their part. */
  patient?: true;
  /** The server that serves the ledger carries it out, wherever it is given (`peerContract`). */
  order?: OrderEntry;
}

const notifyResultSchema = z.object({ notify: notifyStatusSchema });

const changesSchema = z.object({ changes: z.array(licenseChangeSchema) });

const importOrder = {
  params: z.strictObject({
    type: z.literal('import'),
    content: fileContentSchema,
    fileName: saidTextSchema(1_024),
    dryRun: z.boolean(),
  }),
  result: changesSchema,
};

/** `changedMs`: positive where the ledger's time was set forward. */
const clockTakenSchema = z.object({ ledgerTime: instantSchema, changedMs: z.int() });

/**
 * The admin interface of a node: one entry a method, `POST /admin/v1/NAME` on the local socket with
 * `params` as JSON body, answered with `result` or, status 4xx or 5xx, with `adminErrorSchema`.
 * `GET /admin/v1/watch` answers with a `nodeSnapshotSchema` a line, at every change and at least
 * once a second; with `?unchanged=1`, at least every five seconds, and in between with `unchangedLine`
 * where the next snapshot would only have another time; with `&pace=calm`, as `watchPaces` says.
 */
export const adminContract = {
  status: { params: emptySchema, result: statusDocumentSchema },
  snapshot: { params: emptySchema, result: nodeSnapshotSchema },
  ...recordMethods,
  'license.import': {
    params: z.strictObject({ content: fileContentSchema, fileName: saidTextSchema(1_024) }),
    result: changesSchema,
    order: importOrder,
  },
  'license.diff': {
    params: z.strictObject({ content: fileContentSchema }),
    result: changesSchema,
    order: importOrder,
  },
  'license.list': {
    params: emptySchema,
    result: z.object({ licenses: z.array(licenseStatusSchema) }),
  },
  /** The folder from which this server takes licence files by itself. */
  'license.folder': { params: emptySchema, result: licenseFolderSchema },
  'license.show': {
    params: z.strictObject({ id: licenseIdSchema }),
    result: z.object({ license: licenseDetailSchema }),
  },
  'license.rollback': {
    params: z.strictObject({ id: licenseIdSchema }),
    result: z.object({ license: licenseDetailSchema }),
    order: {
      params: z.strictObject({ type: z.literal('rollback'), licenseId: z.string().max(128) }),
      result: z.object({ licenseId: z.string() }),
    },
  },
  'license.remove': {
    params: z.strictObject({ id: licenseIdSchema }),
    result: z.object({ leasesLeft: z.int() }),
    order: {
      params: z.strictObject({ type: z.literal('remove'), licenseId: z.string().max(128) }),
      result: z.object({ leasesLeft: z.int() }),
    },
  },
  /** Of one ledger; without its id, of that whose time is furthest from this host's clock. */
  'clock.accept': {
    params: z.strictObject({ ledger: z.string().max(64).optional() }),
    result: clockTakenSchema,
    order: {
      params: z.strictObject({ type: z.literal('acceptClock') }),
      result: clockTakenSchema,
    },
  },
  /** `path`: absolute, of a file that is not there yet, on the host of the server. */
  'backup.create': {
    params: z.strictObject({
      path: z.string().min(1).max(4_096),
      /** With it the server's key comes along, encrypted. */
      passphrase: z.string().min(1).max(1_024).optional(),
    }),
    result: z.object({ file: z.string(), backup: backupSummarySchema }),
    patient: true,
  },
  /** Makes and verifies one like those that the server makes each day. */
  'backup.now': { params: emptySchema, result: backupStatusSchema, patient: true },
  /**
   * Gives up what is missing of this server's data: it serves what there is. Refused, without `force`, while a
   * server answers that has something which is lost by that (`missingData.warning`).
   */
  'ledger.acceptLoss': {
    params: z.strictObject({ force: z.boolean().default(false) }),
    result: emptySchema,
  },
  'vendor.trust': {
    params: z.strictObject({ content: fileContentSchema }),
    result: z.object({ vendor: trustedVendorSchema }),
    order: {
      params: z.strictObject({ type: z.literal('trust'), vendor: trustedVendorSchema }),
      result: z.object({ vendor: trustedVendorSchema }),
    },
  },
  'vendor.list': {
    params: emptySchema,
    result: z.object({ vendors: z.array(trustedVendorSchema) }),
  },
  'vendor.forget': {
    params: z.strictObject({ keyId: z.string().max(64) }),
    result: emptySchema,
    order: {
      params: z.strictObject({ type: z.literal('forget'), keyId: z.string().max(64) }),
      result: emptySchema,
    },
  },
  /** Trusts the demo vendor and installs the demo licences. In a packaged build only with consent. */
  'demo.install': {
    params: z.strictObject({ consent: z.boolean() }),
    result: changesSchema,
  },
  'lease.release': {
    params: z.strictObject({ id: leaseIdSchema }),
    result: emptySchema,
    order: {
      params: z.strictObject({ type: z.literal('release'), leaseId: z.string().max(64) }),
      result: emptySchema,
    },
  },
  /** Paired servers, then those that were only found. */
  'servers.list': {
    params: emptySchema,
    result: z.object({ servers: z.array(serverRowSchema) }),
  },
  /** A one-time code for `servers.pair` on another server; an older one counts no longer. */
  'servers.invite': {
    params: z.strictObject({ allow: allowedSchema.default('nothing') }),
    result: invitationStatusSchema.extend({
      code: z.string(),
      /** `host:port` of this server, the most likely first. */
      addresses: z.array(z.string()),
    }),
  },
  'servers.pair': {
    params: z.strictObject({
      address: hostPortSchema,
      code: z.string().min(1).max(64),
      allow: allowedSchema.default('nothing'),
    }),
    result: z.object({
      server: serverRowSchema,
      /** What the other server lets this one have of it. */
      allows: consentSchema,
    }),
  },
  /** Ends a pairing; `id` is a server's id, the beginning of one (8 or more), or its name. */
  'servers.forget': {
    params: z.strictObject({ id: z.string().min(1).max(64) }),
    result: emptySchema,
  },
  /** The servers that keep licences here, in a file for the vendor (`serverRequestSchema`, signed). */
  'servers.requestFile': {
    params: emptySchema,
    result: z.object({ servers: serverRequestSchema.shape.servers, content: z.string() }),
  },
  /**
   * A new key for this server, in use from its next start; its id is another one then. Refused while
   * it is in a relationship, and, without `force`, when a paired server cannot be told.
   */
  'servers.rotateKey': {
    params: z.strictObject({ force: z.boolean().default(false) }),
    result: keyRotationSchema,
  },
  /**
   * A new identity for a server that is a copy of another one, from its next start on: without the
   * licences, seats and pairings of that one. Refused, without `force`, when no other server with this
   * identity was seen.
   */
  'identity.renew': {
    params: z.strictObject({ force: z.boolean().default(false) }),
    result: z.object({ id: serverIdSchema, nextId: serverIdSchema }),
  },
  ...borrowMethods,
  ...relationshipMethods,
  'settings.set': {
    params: nodeSettingsChangeSchema,
    result: z.object({ settings: nodeSettingsSchema }),
  },
  /**
   * Makes this server what a configuration file says. `changes`: what differs, as the ends of sentences;
   * `waits`: what is not done yet and why, as sentences. It is done by itself as soon as it can be.
   */
  'config.apply': {
    params: z.strictObject({
      config: serverConfigSchema,
      fileName: textSchema(256),
      dryRun: z.boolean(),
    }),
    result: z.object({ changes: z.array(z.string()), waits: z.array(z.string()) }),
    patient: true,
  },
  /** What a configuration file for this server would say; without codes and keys. */
  'config.export': { params: emptySchema, result: z.object({ config: serverConfigSchema }) },
  /** Who is told what by webhook, e-mail and program; secrets are never in it. */
  'notify.show': { params: emptySchema, result: notifyResultSchema },
  /** What is not named stays; null: nobody is told that way. Secrets that are left out stay. */
  'notify.set': { params: notifyChangeSchema, result: notifyResultSchema },
  /** Sends a test now; NOTIFY_FAILED says why it was not taken. */
  'notify.test': {
    params: z.strictObject({ channel: notifyChannelSchema }),
    result: notifyResultSchema,
    patient: true,
  },
  /** Begins an orderly stop, which is over when the process `pid` is gone. */
  stop: { params: emptySchema, result: z.object({ pid: z.int().positive() }) },
} as const satisfies Record<string, AdminEntry>;

export type AdminMethod = keyof typeof adminContract;
/** Params as a caller writes them (defaults may be left out). */
export type AdminParams<M extends AdminMethod> = z.input<(typeof adminContract)[M]['params']>;
/** Params as the handler gets them (defaults filled in). */
export type AdminArguments<M extends AdminMethod> = z.output<(typeof adminContract)[M]['params']>;
export type AdminResult<M extends AdminMethod> = z.output<(typeof adminContract)[M]['result']>;

/** Whether a method ends when other servers have done their part. */
export function isPatient(method: AdminMethod): boolean {
  return 'patient' in adminContract[method];
}
