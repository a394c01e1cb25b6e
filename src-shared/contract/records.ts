import { z } from 'zod';
import { listedLeaseSchema } from '../model/lease.ts';
import { instantSchema, licenseIdSchema, serverIdSchema } from '../model/scalars.ts';
import { severitySchema, timelineEventSchema } from '../model/timeline.ts';
import { denialRecordSchema, usageRecordSchema, usageReportSchema } from '../model/usage.ts';

export const leaseSortSchema = z.enum(['grantedAt', 'user', 'host', 'feature', 'expiresAt']);
export type LeaseSort = z.infer<typeof leaseSortSchema>;

/** Most rows of one page of leases, events, denials or usage records. */
export const pageRowsMax = 1_000;
const limitSchema = z.int().min(1).max(pageRowsMax).default(100);

/** Longest text that is looked for in leases or events. */
export const searchCharsMax = 128;

/** The methods of `adminContract` by which admins read who has what, and what has happened. */
export const recordMethods = {
  'lease.list': {
    params: z.strictObject({
      license: licenseIdSchema.optional(),
      /** Part of a user, host, application, feature or lease id; case does not matter. */
      search: z.string().max(searchCharsMax).default(''),
      borrowedOnly: z.boolean().default(false),
      sort: leaseSortSchema.default('grantedAt'),
      descending: z.boolean().default(false),
      offset: z.int().min(0).default(0),
      limit: limitSchema,
    }),
    result: z.object({
      leases: z.array(listedLeaseSchema),
      /** Leases that match, of which `leases` is a page. */
      total: z.int(),
    }),
  },
  'usage.report': {
    params: z.strictObject({
      from: instantSchema.optional(),
      to: instantSchema.optional(),
    }),
    result: usageReportSchema,
  },
  'usage.records': {
    params: z.strictObject({
      from: instantSchema.optional(),
      to: instantSchema.optional(),
      afterSequence: z.int().min(0).default(0),
      limit: limitSchema,
    }),
    result: z.object({ records: z.array(usageRecordSchema) }),
  },
  'denial.list': {
    params: z.strictObject({ license: licenseIdSchema.optional(), limit: limitSchema }),
    result: z.object({ denials: z.array(denialRecordSchema) }),
  },
  'events.list': {
    params: z.strictObject({
      /** Only entries after this sequence, oldest first; without it the newest, newest first. */
      afterSequence: z.int().min(0).optional(),
      beforeSequence: z.int().min(0).optional(),
      severities: z.array(severitySchema).optional(),
      /** Only entries that this server recorded. */
      server: serverIdSchema.optional(),
      search: z.string().max(searchCharsMax).default(''),
      limit: limitSchema,
    }),
    result: z.object({ events: z.array(timelineEventSchema) }),
  },
} as const;
