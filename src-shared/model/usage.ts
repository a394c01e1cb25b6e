import { z } from 'zod';
import { actorSchema } from './actor.ts';
import { instantSchema } from './scalars.ts';

export const leaseEndSchema = z.enum(['returned', 'expired', 'released', 'replaced']);
export type LeaseEnd = z.infer<typeof leaseEndSchema>;

/** One seat from checkout to its end. Written when the lease ends. */
export const sessionRecordSchema = z.object({
  kind: z.literal('session'),
  sequence: z.int(),
  leaseId: z.string(),
  licenseId: z.string(),
  product: z.string(),
  feature: z.string(),
  units: z.int(),
  user: z.string(),
  host: z.string(),
  app: z.string().optional(),
  startedAtMs: z.int(),
  endedAtMs: z.int(),
  end: leaseEndSchema,
  borrowed: z.boolean(),
  /** No token of the lease is valid later; of one that ran out, and in older records, it is absent. */
  tokensEndMs: z.int().optional(),
  /** Who released it. */
  actor: actorSchema.optional(),
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

/** Users, hosts and features that denials recorded together are counted up to. */
export const deniedTogetherMax = 1_000;

const togetherCountSchema = z.int().min(1).max(deniedTogetherMax);

/**
 * Refusals of the same request by the same user and host, joined within one minute; or, of requests of
 * a licence that are refused at too high a rate, those of several.
 */
export const denialRecordSchema = z.object({
  kind: z.literal('denial'),
  sequence: z.int(),
  /** The licence that had no unit free; absent where no licence matched. */
  licenseId: z.string().optional(),
  product: z.string().optional(),
  feature: z.string(),
  units: z.int(),
  /** Empty with `together`, as is the host. */
  user: z.string(),
  host: z.string(),
  code: z.string(),
  firstAtMs: z.int(),
  lastAtMs: z.int(),
  count: z.int().min(1),
  /**
   * How many users and hosts were refused, and for how many features, of which `feature` is the first;
   * `deniedTogetherMax` is that many or more.
   */
  together: z
    .object({
      users: togetherCountSchema,
      hosts: togetherCountSchema,
      features: togetherCountSchema,
    })
    .optional(),
  /** In a list of denials: the person got the feature within `falseDenialWithinMs` of it. */
  grantedSoon: z.boolean().optional(),
});
export type DenialRecord = z.infer<typeof denialRecordSchema>;

export const usageRecordSchema = z.discriminatedUnion('kind', [
  sessionRecordSchema,
  denialRecordSchema,
]);
export type UsageRecord = z.infer<typeof usageRecordSchema>;

/**
 * A denial is false when the same user on the same host got the same feature within this time after
 * it: the person waited, and was not turned away.
 */
export const falseDenialWithinMs = 5 * 60_000;

export const usageSummarySchema = z.object({
  license: z.string(),
  product: z.string(),
  feature: z.string(),
  /** Units of the licence now; null when it is no longer installed. */
  units: z.int().nullable(),
  peakUnits: z.int(),
  averageUnits: z.number(),
  unitHours: z.number(),
  sessions: z.int(),
  trueDenials: z.int(),
  falseDenials: z.int(),
});
export type UsageSummary = z.infer<typeof usageSummarySchema>;

export const usageByHolderSchema = z.object({
  user: z.string(),
  host: z.string(),
  feature: z.string(),
  sessions: z.int(),
  unitHours: z.number(),
  denials: z.int(),
});
export type UsageByHolder = z.infer<typeof usageByHolderSchema>;

/** Usage between two instants; leases that are still out count up to `to`. */
export const usageReportSchema = z.object({
  from: instantSchema,
  to: instantSchema,
  summaries: z.array(usageSummarySchema),
  /** The users and hosts with the most unit hours, at most `usageHoldersMax`. */
  holders: z.array(usageByHolderSchema),
  /** Equal steps from `from` to `to`, at most `usageStepsMax`; one series a licence. */
  stepSeconds: z.number(),
  series: z.array(
    z.object({
      license: z.string(),
      feature: z.string(),
      peakUnits: z.array(z.int()),
      averageUnits: z.array(z.number()),
    }),
  ),
});
export type UsageReport = z.infer<typeof usageReportSchema>;

export const usageHoldersMax = 200;
export const usageStepsMax = 240;
