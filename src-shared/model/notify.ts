import { z } from 'zod';
import { instantSchema, textSchema } from './scalars.ts';
import { type TimelineKind, timelineKindSchema } from './timeline.ts';

// What a server tells of its timeline by itself, and to whom: a webhook, people by e-mail, a program.

/** What somebody can choose to be told of. */
export const notifyTopicSchema = z.enum([
  'failover',
  'protection',
  'server',
  'licenses',
  'seats',
  'data',
  'orders',
]);
export type NotifyTopic = z.infer<typeof notifyTopicSchema>;

export const notifyTopicsDefault: readonly NotifyTopic[] = [
  'failover',
  'protection',
  'licenses',
  'data',
];

/** Which topic an entry of the timeline belongs to. */
export const notifyTopicOf: Record<TimelineKind, NotifyTopic> = {
  serverStarted: 'server',
  serverStopped: 'server',
  serverSuspended: 'server',
  licenseInstalled: 'orders',
  licenseReplaced: 'orders',
  licenseRolledBack: 'orders',
  licenseRemoved: 'orders',
  licenseRefused: 'orders',
  licenseExpiring: 'licenses',
  licenseExpired: 'licenses',
  licenseStarted: 'licenses',
  licenseDamaged: 'licenses',
  licenseRepaired: 'licenses',
  seatsExhausted: 'seats',
  seatsAvailable: 'seats',
  leaseReleased: 'orders',
  leaseBorrowed: 'orders',
  leaseReturned: 'orders',
  vendorTrusted: 'orders',
  vendorForgotten: 'orders',
  settingsChanged: 'orders',
  configRefused: 'server',
  notificationsLost: 'server',
  clockSetBack: 'server',
  clockSetForward: 'server',
  clockBelieved: 'server',
  clockAccepted: 'orders',
  storeFailed: 'data',
  storeRecovered: 'data',
  storeSetAside: 'data',
  filesOpenToOthers: 'data',
  backupFailed: 'data',
  dataMissing: 'data',
  dataGivenBack: 'data',
  dataLossAccepted: 'data',
  serverPaired: 'orders',
  serverForgotten: 'orders',
  serverConnected: 'server',
  serverDisconnected: 'server',
  pairingRefused: 'server',
  clockDiffers: 'server',
  identityCopied: 'data',
  directoryPutBack: 'data',
  overdraftBegan: 'seats',
  overdraftEnded: 'seats',
  failoverBegan: 'failover',
  failoverEnded: 'failover',
  switchedOver: 'failover',
  servingLost: 'failover',
  syncLost: 'protection',
  syncRegained: 'protection',
  ledgersMerged: 'failover',
  readinessLost: 'protection',
  readinessRegained: 'protection',
  relationshipAsked: 'protection',
  consentChanged: 'orders',
  relationshipCreated: 'orders',
  relationshipChanged: 'orders',
  relationshipDissolved: 'orders',
  drillFinished: 'failover',
};

const topicsSchema = z.array(notifyTopicSchema).max(notifyTopicSchema.options.length);

export const webhookSchema = z.strictObject({
  /** As secret as what is in it: many services have a token in the path. */
  url: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with https:// or http://' })
    .max(2_048),
  /** The header `Authorization`, such as `Bearer …`; empty: none. */
  authorization: z
    .string()
    .max(4_096)
    .regex(/^[\u0020-\u007e]*$/, 'must be one line of ASCII')
    .default(''),
  topics: topicsSchema.default([...notifyTopicsDefault]),
});

const mailAddressSchema = z.email('must be an e-mail address').max(254);

/** `none`: in the clear, for a relay in the same house. */
export const mailSecuritySchema = z.enum(['tls', 'starttls', 'none']);

export const recipientsMax = 16;

export const mailSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address'),
    port: z.int().min(1).max(65_535),
    security: mailSecuritySchema.default('starttls'),
    user: z.string().max(256).default(''),
    /** Empty: none. */
    password: z.string().max(1_024).default(''),
    from: mailAddressSchema,
    to: z.array(mailAddressSchema).min(1).max(recipientsMax),
    topics: topicsSchema.default([...notifyTopicsDefault]),
  })
  .refine(({ security, user }) => security !== 'none' || user === '', {
    message: 'cannot be none with a user: the password would be read on the way',
    path: ['security'],
  });

export const programArgumentsMax = 16;

export const programSchema = z.strictObject({
  /** Absolute, and on Windows no script: those take their program in front. */
  path: z
    .string()
    .max(1_024)
    // eslint-disable-next-line no-control-regex -- control characters are what this refuses
    .regex(/^(\/|[A-Za-z]:[\\/]|\\\\)[^\u0000-\u001f\u007f]*$/, 'must be an absolute path')
    .refine((path) => !/\.(bat|cmd)$/i.test(path), {
      message: 'cannot be a batch file: name cmd.exe or powershell.exe, and the file in args',
    }),
  args: z.array(z.string().max(1_024)).max(programArgumentsMax).default([]),
  topics: topicsSchema.default([...notifyTopicsDefault]),
});

export const notifyChannelSchema = z.enum(['webhook', 'email', 'program']);
export type NotifyChannel = z.infer<typeof notifyChannelSchema>;

/** Who is told; null: nobody that way. With its secrets, as it is kept. */
export const notifySettingsSchema = z.strictObject({
  webhook: webhookSchema.nullable(),
  email: mailSchema.nullable(),
  program: programSchema.nullable(),
});
export type NotifySettings = z.output<typeof notifySettingsSchema>;

export const nobodyNotified: NotifySettings = { webhook: null, email: null, program: null };

/** The same as an admin gives it: secrets that are left out stay, what is not named stays. */
export const notifyChangeSchema = z.strictObject({
  webhook: webhookSchema
    .extend({ url: webhookSchema.shape.url.optional(), authorization: z.string().optional() })
    .nullable()
    .optional(),
  email: z
    .strictObject({ ...mailSchema.shape, password: z.string().max(1_024).optional() })
    .nullable()
    .optional(),
  program: programSchema.nullable().optional(),
});
export type NotifyChange = z.output<typeof notifyChangeSchema>;

/** How the telling goes. */
export const deliveryStatusSchema = z.object({
  /** Entries that are not told yet. */
  waiting: z.int(),
  /** Entries that could not be told, since the start. */
  lost: z.int(),
  lastAt: instantSchema.nullable(),
  /** Why the last try failed; null: it did not. */
  problem: z.object({ at: instantSchema, message: z.string() }).nullable(),
});
export type DeliveryStatus = z.infer<typeof deliveryStatusSchema>;

/** Who is told, without a secret. */
export const notifyStatusSchema = z.object({
  webhook: z
    .object({
      /** Host of the address, which may have a token in it. */
      host: z.string(),
      hasAuthorization: z.boolean(),
      topics: topicsSchema,
      delivery: deliveryStatusSchema,
    })
    .nullable(),
  email: z
    .object(mailSchema.shape)
    .omit({ password: true })
    .extend({ hasPassword: z.boolean(), delivery: deliveryStatusSchema })
    .nullable(),
  program: z.object({ ...programSchema.shape, delivery: deliveryStatusSchema }).nullable(),
});
export type NotifyStatus = z.output<typeof notifyStatusSchema>;

/** What a webhook and a program get, as JSON. */
export const noticeSchema = z.object({
  format: z.literal('understudy-notice/1'),
  server: z.object({ id: z.string(), name: z.string() }),
  /** The notice was sent by a test, and nothing has happened. */
  test: z.boolean(),
  at: instantSchema,
  kind: timelineKindSchema.or(z.literal('test')),
  topic: notifyTopicSchema.or(z.literal('test')),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  /** Server and message in one line: what chat services show. */
  text: textSchema(8_192),
  license: z.string().optional(),
  lease: z.string().optional(),
});
export type Notice = z.infer<typeof noticeSchema>;
