import { z } from 'zod';
import { leaseSchema } from '../../../src-shared/model/lease.ts';
import { ledgerConfigSchema } from '../../../src-shared/model/ledger-config.ts';
import { installedLicenseSchema } from '../../../src-shared/model/license.ts';
import {
  epochMsSchema,
  ledgerIdSchema,
  licenseIdSchema,
  serverIdSchema,
  spellIdSchema,
} from '../../../src-shared/model/scalars.ts';
import { recordedEventSchema } from '../../../src-shared/model/timeline.ts';
import { usageRecordSchema } from '../../../src-shared/model/usage.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { LedgerMeta } from '../core/ledger/change.ts';
import { configId, isLive, rank, type Row } from '../core/rows/row.ts';

// Records of a ledger, as they are on the disk and as members send them to each other.

const countSchema = z.int().min(0);

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

/** How far the life of a lease is; see `rank` in core/rows. */
export const leaseRankSchema = z.int().min(0).max(rank.releasedEverywhere);

/** What the key of every row and its origin are. */
const originSchema = {
  id: z.string().min(1).max(128),
  by: spellIdSchema,
  write: countSchema,
};

const leaseRowSchema = z.object({
  kind: z.literal('lease'),
  ...originSchema,
  rank: leaseRankSchema,
  stampMs: epochMsSchema,
  /** Empty, as the instance: of a lease of which only the end was kept. */
  licenseId: z.union([licenseIdSchema, z.literal('')]),
  instance: z.string().max(128),
  borrowUntilMs: epochMsSchema.nullable(),
  lease: leaseSchema.nullable(),
});

const spellRowSchema = z.object({
  kind: z.literal('spell'),
  id: spellIdSchema,
  number: countSchema,
  member: z.union([serverIdSchema, z.literal('')]),
  fromMs: epochMsSchema,
  toMs: epochMsSchema,
  timesSet: countSchema,
  write: countSchema,
  told: countSchema,
  usage: countSchema,
  events: countSchema,
  overdraft: z.object({ units: countSchema, sinceMs: epochMsSchema }).nullable(),
  lastTerm: countSchema.optional(),
});

/** A row under `continuity`, whole in itself. */
export const rowSchema = z
  .discriminatedUnion('kind', [
    leaseRowSchema,
    spellRowSchema,
    z.object({
      kind: z.literal('license'),
      ...originSchema,
      revision: countSchema,
      license: installedLicenseSchema.nullable(),
      serialSeen: countSchema.optional(),
      trialBeganMs: epochMsSchema.optional(),
    }),
    z.object({
      kind: z.literal('vendor'),
      ...originSchema,
      revision: countSchema,
      vendor: trustedVendorSchema.nullable(),
    }),
    z.object({ kind: z.literal('config'), ...originSchema, config: ledgerConfigSchema }),
  ])
  .refine(isWhole, 'contradicts itself');

function isWhole(row: z.infer<typeof leaseRowSchema> | { kind: string }): boolean {
  const whole = row as Row;
  switch (whole.kind) {
    case 'lease': {
      const { id, licenseId, instance, lease } = whole;
      if (!isLive(whole)) return lease === null;
      if (!lease || lease.id !== id || lease.licenseId !== licenseId) return false;
      return lease.holder.instance === instance;
    }
    case 'config':
      return whole.id === configId;
    case 'spell':
      return whole.id.startsWith(`${whole.number}.`);
    case 'license':
    case 'vendor':
      return true;
  }
}
