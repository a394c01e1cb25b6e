import { z } from 'zod';
import { leaseSchema } from '../../../src-shared/model/lease.ts';
import { ledgerConfigSchema } from '../../../src-shared/model/ledger-config.ts';
import { installedLicenseSchema } from '../../../src-shared/model/license.ts';
import { severitySchema, timelineKindSchema } from '../../../src-shared/model/timeline.ts';
import { usageRecordSchema } from '../../../src-shared/model/usage.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { LedgerMeta } from '../core/ledger/change.ts';

/** Figures that a version did not know yet have a default. */
export const metaSchema = z.object({
  id: z.string(),
  term: z.int(),
  servingSinceMs: z.int().default(0),
  usageSequence: z.int(),
  eventSequence: z.int(),
  wallHighMs: z.int(),
  timesSet: z.int().default(0),
  overdraft: z.object({ units: z.int(), sinceMs: z.int() }).nullable().default(null),
  merged: z.record(z.string(), z.string()).default({}),
}) satisfies z.ZodType<LedgerMeta>;

export const eventSchema = z.object({
  sequence: z.int(),
  server: z.string(),
  atMs: z.int(),
  kind: timelineKindSchema,
  severity: severitySchema,
  message: z.string(),
  license: z.string().optional(),
  lease: z.string().optional(),
});

const before = <T extends z.ZodType>(schema: T) => ({
  before: schema.nullable(),
  after: schema.nullable(),
});

/** The changes of an entry of the log. */
export const changesSchema = z.array(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('lease'), ...before(leaseSchema) }),
    z.object({ type: z.literal('license'), ...before(installedLicenseSchema) }),
    z.object({ type: z.literal('vendor'), ...before(trustedVendorSchema) }),
    z.object({ type: z.literal('config'), before: ledgerConfigSchema, after: ledgerConfigSchema }),
    z.object({ type: z.literal('usage'), after: usageRecordSchema }),
    z.object({ type: z.literal('event'), after: eventSchema }),
    z.object({ type: z.literal('meta'), before: metaSchema, after: metaSchema }),
  ]),
);

export const syncSetSchema = z.array(z.string());

/** The value of a JSON text; undefined when it is none, or not of this shape. */
export function parseJson<T>(schema: z.ZodType<T>, text: string): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
