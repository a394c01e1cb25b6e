import { z } from 'zod';
import { backupStatusSchema } from './backup.ts';
import { licenseFolderSummarySchema } from './license-folder.ts';
import { consentRequestSchema } from './consent.ts';
import { historyUseSchema } from './history-use.ts';
import { ledgerClockSchema } from './ledger-clock.ts';
import { hindranceSchema } from './hindrance.ts';
import { ruleSchema } from './ledger-config.ts';
import { licenseDetailSchema } from './license.ts';
import { missingDataSchema } from './missing-data.ts';
import { nodeSettingsSchema } from './node-settings.ts';
import { notifyStatusSchema } from './notify.ts';
import { readinessSchema } from './readiness.ts';
import { reasonSchema } from './reason.ts';
import { relationshipStatusSchema } from './relationship.ts';
import { instantSchema, serverIdSchema } from './scalars.ts';
import { invitationStatusSchema, serverRowSchema } from './server-row.ts';
import { strangerSchema } from './stranger.ts';
import { timelineEventSchema } from './timeline.ts';
import { trustedVendorSchema } from './vendor.ts';

export const serverStatusSchema = z.object({
  id: serverIdSchema,
  name: z.string(),
  version: z.string(),
  /** `host:port` at which clients reach it. */
  address: z.string(),
  uptimeSeconds: z.number(),
  /** When its directory was last found to have been put back; null: never. */
  putBackAt: instantSchema.nullable(),
});
export type ServerStatus = z.infer<typeof serverStatusSchema>;

/**
 * How a server that is preferred takes over again. It must be in sync for `waitMs`, longer the more often it
 * failed; `leftMs`: null while it is not in sync.
 */
export const reclaimSchema = z.object({
  to: serverIdSchema,
  /** The preferred server was stopped in an orderly way: nothing failed. */
  stopped: z.boolean(),
  /** What keeps the preferred server from serving, as it says itself; absent: nothing that is known. */
  hindrance: hindranceSchema.exactOptional(),
  failures: z.int().min(0),
  waitMs: z.int().min(0),
  leftMs: z.int().min(0).nullable(),
});

export const ledgerStatusSchema = z.object({
  id: z.string(),
  /** Null: it has one member. */
  rule: ruleSchema.nullable(),
  /** In preference order; the first is its primary. */
  members: z.array(serverIdSchema),
  witness: serverIdSchema.nullable(),
  active: serverIdSchema.nullable(),
  /** Since when the active serves, as far as this server knows. */
  activeSince: instantSchema.nullable(),
  term: z.int(),
  /**
   * `catching-up`: it lacks something that it would need to serve. `isolated`: no member that serves
   * can be reached. A witness is `standby`.
   */
  here: z.enum(['active', 'standby', 'catching-up', 'isolated', 'stopped']),
  /** Members that would serve without losing anything, the active one among them. */
  synchronised: z.array(serverIdSchema),
  /** The member that an admin switched over to; null: the first in preference. */
  placed: serverIdSchema.nullable(),
  /** Null: the server that is preferred serves, or the one that serves has not said. */
  reclaim: reclaimSchema.nullable(),
  overdraft: z.object({ units: z.int(), since: instantSchema }).nullable(),
  /** Null: of a witness, which keeps no time. */
  clock: ledgerClockSchema.nullable(),
  licenses: z.int(),
  leases: z.int(),
});
export type LedgerStatus = z.infer<typeof ledgerStatusSchema>;

/** What `understudy status` prints. A server of its own has no relationship. */
export const statusDocumentSchema = z.object({
  server: serverStatusSchema,
  /** The first of `relationships`. */
  relationship: relationshipStatusSchema.nullable(),
  /** That of this server's own licences first. */
  relationships: z.array(relationshipStatusSchema),
  ledgers: z.array(ledgerStatusSchema),
  /** Of all relationships together. */
  readiness: readinessSchema,
  /** What this server has lost of what it had written; null: nothing is known to be missing. */
  missingData: missingDataSchema.nullable(),
  history: historyUseSchema,
});
export type StatusDocument = z.infer<typeof statusDocumentSchema>;

/**
 * What this server does now. `standby`: it is ready to serve, and another server does. `degraded`: no
 * new grants can be made. `stopped`: nobody is served.
 */
export const servingSchema = z.object({
  state: z.enum(['serving', 'standby', 'degraded', 'stopped']),
  reasons: z.array(reasonSchema),
  since: instantSchema,
});
export type Serving = z.infer<typeof servingSchema>;

/** Newest timeline entries that a snapshot carries. */
export const snapshotEventsMax = 50;

/** Everything that a window or a tray shows of one node, taken at one instant. */
export const nodeSnapshotSchema = statusDocumentSchema.extend({
  at: instantSchema,
  serving: servingSchema,
  licenses: z.array(licenseDetailSchema),
  leaseCount: z.int(),
  /** Changes whenever the set of leases changes. */
  leasesRevision: z.int(),
  events: z.array(timelineEventSchema).max(snapshotEventsMax),
  vendors: z.array(trustedVendorSchema),
  /** Paired servers, then those that were only found. */
  servers: z.array(serverRowSchema),
  invitation: invitationStatusSchema.nullable(),
  /** Relationships that other servers ask for, until an admin answers. */
  requests: z.array(consentRequestSchema),
  /** Servers that take this one for paired, and are not known here. */
  strangers: z.array(strangerSchema),
  /** Where another server with this server's own identity answers; null: none was seen lately. */
  copyAt: z.string().nullable(),
  /** Another server with this one's identity was there first: this one serves nothing. */
  standsAside: z.boolean(),
  /** Why the search for servers by mDNS finds nothing at present. */
  discoveryProblem: reasonSchema.nullable(),
  backups: backupStatusSchema,
  /** Where this server takes licence files from by itself, and what came of the last one. */
  licenseFolder: licenseFolderSummarySchema,
  /** Who is told what by this server itself. */
  notify: notifyStatusSchema,
  settings: nodeSettingsSchema,
  /** Settings that a command-line option overrides while this process runs. */
  overriddenSettings: z.array(z.string()),
  /** The server trusts the demo vendor, or would be allowed to without asking. */
  demo: z.object({ trusted: z.boolean(), trustNeedsConsent: z.boolean() }),
});
export type NodeSnapshot = z.infer<typeof nodeSnapshotSchema>;
