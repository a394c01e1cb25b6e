import { z } from 'zod';
import { leaseSchema } from '../../../src-shared/model/lease.ts';
import { ledgerConfigSchema } from '../../../src-shared/model/ledger-config.ts';
import { installedLicenseSchema } from '../../../src-shared/model/license.ts';
import { epochMsSchema } from '../../../src-shared/model/scalars.ts';
import { recordedEventSchema } from '../../../src-shared/model/timeline.ts';
import { usageRecordSchema } from '../../../src-shared/model/usage.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { LedgerMeta } from '../core/ledger/change.ts';

// Records of a ledger, as they are on the disk and as members send them to each other.

const countSchema = z.int().min(0);

export const ledgerIdSchema = z.string().min(1).max(64);

export const metaSchema = z.object({
  id: ledgerIdSchema,
  term: countSchema,
  servingSinceMs: epochMsSchema,
  usageSequence: countSchema,
  eventSequence: countSchema,
  wallHighMs: epochMsSchema,
  /** A version that did not know it sends none. */
  timesSet: countSchema.default(0),
  overdraft: z.object({ units: countSchema, sinceMs: epochMsSchema }).nullable(),
  merged: z.record(z.string().max(64), z.string().max(256)),
}) satisfies z.ZodType<LedgerMeta>;

const around = <T extends z.ZodType>(schema: T) => ({
  before: schema.nullable(),
  after: schema.nullable(),
});

/** A change of an entry of the log, with the figures of the ledger as `meta` reads them. */
export function changeSchema<M extends z.ZodType<LedgerMeta>>(meta: M) {
  return z.discriminatedUnion('type', [
    z.object({ type: z.literal('lease'), ...around(leaseSchema) }),
    z.object({ type: z.literal('license'), ...around(installedLicenseSchema) }),
    z.object({ type: z.literal('vendor'), ...around(trustedVendorSchema) }),
    z.object({ type: z.literal('config'), before: ledgerConfigSchema, after: ledgerConfigSchema }),
    z.object({ type: z.literal('usage'), after: usageRecordSchema }),
    z.object({ type: z.literal('event'), after: recordedEventSchema }),
    z.object({ type: z.literal('meta'), before: meta, after: meta }),
  ]);
}
