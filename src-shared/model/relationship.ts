import { z } from 'zod';
import { readinessSchema } from './readiness.ts';
import { reasonSchema } from './reason.ts';
import { instantSchema, namedServerSchema, serverIdSchema, textSchema } from './scalars.ts';

/** How servers protect each other. */
export const relationshipKindSchema = z.enum(['backup', 'triad', 'pool']);
export type RelationshipKind = z.infer<typeof relationshipKindSchema>;

/** What admins call a pool. */
export const poolNameSchema = textSchema(63);

/**
 * What two servers do that cannot see each other. `available`: each may serve, and a double issue is
 * measured and shown. `strict`: only one that more than half of the votes are with, a witness's or
 * those of other members (protocol section 4).
 */
export const policySchema = z.enum(['available', 'strict']);
export type Policy = z.infer<typeof policySchema>;

/** What a member is to the admin; `witness` votes and keeps no licences. */
export const memberRoleSchema = z.enum([
  'main',
  'backup',
  'primary',
  'secondary',
  'tertiary',
  'leader',
  'follower',
  'witness',
]);
export type MemberRole = z.infer<typeof memberRoleSchema>;

/** `HH:MM-HH:MM`, local time of the active server; it may pass midnight. */
const timeWindowSchema = z
  .string()
  .regex(
    /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
    'must be automatic, manual or HH:MM-HH:MM',
  );

/** Timing and conduct of a relationship; shared by its members (protocol section 5). */
export const relationshipSettingsSchema = z
  .strictObject({
    /** 50 ms to 5 s. */
    heartbeatMs: z.int().min(50).max(5_000),
    /** Silence after which a member takes over, 500 ms to 10 min. */
    takeoverAfterMs: z.int().min(500).max(600_000),
    /** A member that does not acknowledge for so long counts as not synchronised, 100 ms to 1 min. */
    syncTimeoutMs: z.int().min(100).max(60_000),
    /** When the preferred server takes over again after its return. */
    reclaim: z.union([z.enum(['automatic', 'manual']), timeWindowSchema]),
    /** Time in sync before that, 0 to 1 h. */
    reclaimAfterMs: z.int().min(0).max(3_600_000),
    /** After repeated failures that time doubles up to this; 0: it does not. At most 10 min. */
    reclaimHoldDownMaxMs: z.int().min(0).max(600_000),
    /** Wait of a server that was not the last to serve for its partner at a start, 0 to 10 min. */
    coldStartWaitMs: z.int().min(0).max(600_000),
  })
  .refine(({ takeoverAfterMs, heartbeatMs }) => takeoverAfterMs >= 2 * heartbeatMs, {
    message: 'must be at least twice heartbeatMs',
    path: ['takeoverAfterMs'],
  });
export type RelationshipSettings = z.infer<typeof relationshipSettingsSchema>;

export const relationshipSettingsDefault: RelationshipSettings = {
  heartbeatMs: 250,
  takeoverAfterMs: 3_000,
  syncTimeoutMs: 1_000,
  reclaim: 'automatic',
  reclaimAfterMs: 10_000,
  reclaimHoldDownMaxMs: 600_000,
  coldStartWaitMs: 15_000,
};

export const memberStatusSchema = z.object({
  id: serverIdSchema,
  name: z.string(),
  role: memberRoleSchema,
  /** `host:port`; empty when none is known. */
  address: z.string(),
  /** This server and the member have given each other access. Always true of this server itself. */
  paired: z.boolean(),
  connected: z.boolean(),
  /** The member has everything that it would need to serve now. */
  synchronised: z.boolean(),
  clockDifferenceMs: z.int().nullable(),
  version: z.string().nullable(),
});
export type MemberStatus = z.infer<typeof memberStatusSchema>;

/** A relationship as one of its members sees it now. */
export const relationshipStatusSchema = z.object({
  id: z.string(),
  kind: relationshipKindSchema,
  /** Of a pool. */
  name: z.string().exactOptional(),
  policy: policySchema,
  /** Of a backup: each of the two protects the other. */
  mutual: z.boolean(),
  /** In preference order; the witness last. */
  members: z.array(memberStatusSchema),
  /** Ids of its ledgers that this server keeps. */
  ledgers: z.array(z.string()),
  readiness: readinessSchema,
  settings: relationshipSettingsSchema,
  /** `forming`, `dissolving`: it is being set up, changed or ended, step by step. */
  state: z.enum(['forming', 'established', 'dissolving']),
  /** What the present step waits for. */
  pending: z.string().nullable(),
  /** Servers that are to take part and say that they do not: they have dissolved it, or do not know it. */
  outside: z.array(serverIdSchema).exactOptional(),
});
export type RelationshipStatus = z.infer<typeof relationshipStatusSchema>;

/** Whether a licence would be kept available, and by what not. */
export const coverageSchema = z.object({
  license: z.string(),
  feature: z.string(),
  /** Primary of the licence. */
  server: serverIdSchema,
  units: z.int(),
  covered: z.boolean(),
  reason: z.string().optional(),
  /** The other servers that may serve it, in the order in which they come to; of an older version absent. */
  by: z.array(serverIdSchema).max(16).optional(),
  /** It is served only while more than half of the servers reach each other; of an older version absent. */
  majority: z.boolean().optional(),
});
export type Coverage = z.infer<typeof coverageSchema>;

/** What stands in the way of a relationship, before anything is changed. */
export const relationshipCheckSchema = z.object({
  /** Each must be mended first. Empty: it can be created. */
  missing: z.array(reasonSchema),
  warnings: z.array(reasonSchema),
  licenses: z.array(coverageSchema),
});
export type RelationshipCheck = z.infer<typeof relationshipCheckSchema>;

const stoppedLicenseSchema = z.object({
  license: z.string(),
  feature: z.string(),
  /** Seats that are out. */
  seats: z.int(),
  reason: z.string(),
});

/** What would happen if a server, or several at once, stopped now. */
export const previewSchema = z.object({
  stop: namedServerSchema,
  /** Servers that stop together with that one. */
  also: z.array(namedServerSchema),
  serves: z.array(
    z.object({
      server: namedServerSchema,
      licenses: z.array(z.string()),
      /** Seats that are out and would be kept. */
      seats: z.int(),
    }),
  ),
  /** Licences that are served now and that no server would serve. */
  stops: z.array(stoppedLicenseSchema),
  /** Licences that nobody serves now either: their end is no news. */
  unserved: z.array(stoppedLicenseSchema),
  /** Leases of those that stop which could not be renewed. */
  deniedCount: z.int(),
  /** Their holders; of many leases the first ones. */
  denied: z.array(
    z.object({
      lease: z.string(),
      feature: z.string(),
      user: z.string(),
      host: z.string(),
      reason: z.string(),
    }),
  ),
});
export type Preview = z.infer<typeof previewSchema>;

const moveSchema = z.object({
  at: instantSchema,
  /** From the order until the other server serves. */
  tookMs: z.number(),
  from: namedServerSchema,
  to: namedServerSchema,
});

/** What a planned change of the active did, one entry a ledger that moved. */
export const switchoverResultSchema = z.object({
  moves: z.array(
    moveSchema.extend({
      ledger: z.string(),
      /** Licences that another server serves now, the leases of them and their seats. */
      licenses: z.int(),
      leases: z.int(),
      units: z.int(),
      /** Licences that nobody served before, since they may run on this server only. */
      resumed: z.int(),
    }),
  ),
});
export type SwitchoverResult = z.infer<typeof switchoverResultSchema>;

/** A drill: over to each standby and back again; an entry a standby of a ledger. */
export const drillReportSchema = z.object({
  startedAt: instantSchema,
  finishedAt: instantSchema,
  passed: z.boolean(),
  /** An admin ended it early; what had been given over was given back. */
  cancelled: z.boolean(),
  ledgers: z.array(
    z.object({
      ledger: z.string(),
      /** Null: it did not come to it; `problems` says why. */
      out: moveSchema.nullable(),
      back: moveSchema.nullable(),
      leasesBefore: z.int(),
      /** Leases at the standby while it served, of those that were out before. */
      leasesKept: z.int(),
    }),
  ),
  problems: z.array(reasonSchema),
  /** Where the report was written. */
  file: z.string().nullable(),
});
export type DrillReport = z.infer<typeof drillReportSchema>;
