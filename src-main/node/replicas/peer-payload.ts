import { z } from 'zod';
import { answerSchema, callSchema } from '../../../src-shared/contract/peers.ts';
import { leaseSchema } from '../../../src-shared/model/lease.ts';
import { ledgerConfigSchema } from '../../../src-shared/model/ledger-config.ts';
import { hindranceSchema } from '../../../src-shared/model/hindrance.ts';
import { installedLicenseSchema } from '../../../src-shared/model/license.ts';
import {
  bootSchema,
  epochMsSchema,
  ledgerIdSchema,
  serverIdSchema,
  spellIdSchema,
} from '../../../src-shared/model/scalars.ts';
import { saidTextSchema } from '../../../src-shared/model/said-text.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import { keptUnitsMax } from '../core/replica/noted-leases.ts';
import { usageRecordSchema } from '../../../src-shared/model/usage.ts';
import { heardEventSchema } from '../../../src-shared/model/timeline.ts';
import { bucketCount, sumsLength } from '../core/rows/digest.ts';
import { changeSchema, leaseRankSchema, metaSchema, rowSchema } from '../store/record-schema.ts';

// What paired servers say to each other about their ledgers, as the payload of the peer link
// (docs/pairing.md). A message that is not of these shapes is dropped and told.

/** Entries of one message and changes of one entry: well above all that a log and a step can have. */
const entriesMax = 20_000;
const changesMax = 50_000;

/** Rows of one write, and the history that comes with it: as many as the requests of one turn change. */
const rowsMax = 50_000;
const historyMax = 50_000;

/** Rows of a piece of what differs; they are sent by 400. */
const pieceRowsMax = 1_000;

/** Licences, rows and ended leases of an image. */
const imageListMax = 400_000;

const countSchema = z.int().min(0);

const termSchema = z.object({
  number: countSchema,
  member: z.union([serverIdSchema, z.literal('')]),
  boot: bootSchema.exactOptional(),
});

const positionSchema = z.object({ index: countSchema, term: termSchema });

const entryChangeSchema = changeSchema(metaSchema);
const entrySchema = positionSchema.extend({ changes: z.array(entryChangeSchema).max(changesMax) });
const entriesSchema = z.array(entrySchema).max(entriesMax);

const endedLeaseSchema = z.object({ leaseId: z.string().max(64), untilMs: z.int() });

/** The ledger as an image begins with it; its long lists follow in parts. */
export const imageHeadSchema = z.object({
  position: positionSchema,
  ledger: z.strictObject({
    meta: metaSchema.nullable(),
    config: ledgerConfigSchema,
    /** Spells of the time before, whose history is part of the ledger. */
    rows: z.array(rowSchema).max(rowsMax).exactOptional(),
  }),
});
export type ImageHead = z.infer<typeof imageHeadSchema>;

/** A licence's row is of the revision of its licence: whoever has the greater one would keep it. */
const peerRowSchema = rowSchema.refine(
  (row) =>
    row.kind !== 'license' ||
    row.license === null ||
    (row.license.id === row.id && row.license.versions.at(-1)?.revision === row.revision),
  'is not of its licence',
);
const rowsSchema = z.array(peerRowSchema).max(rowsMax);
const pieceRowsSchema = z.array(peerRowSchema).max(pieceRowsMax);

/** Of a spell: the time as a log has come with its entries. */
const historyChangeSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('usage'),
    after: usageRecordSchema,
    spell: spellIdSchema,
    rank: leaseRankSchema.optional(),
  }),
  z.strictObject({ type: z.literal('event'), after: heardEventSchema, spell: spellIdSchema }),
]);
const historySchema = z.array(historyChangeSchema).max(historyMax);

const isCount = (value: unknown, max: number) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;

// A list that is wrong all over is wrong once: a complaint for each value would take too long.
const isSum = (value: unknown) => isCount(value, 0xffff_ffff);
/** 32 bits each; two for a bucket. */
const sumsSchema = z.custom<number[]>(
  (value) => Array.isArray(value) && value.length === sumsLength && value.every(isSum),
  'must be the sums of all buckets',
);
const rootSchema = z.string().regex(/^[0-9a-f]{16}$/, 'must be the 16 hex digits of a digest');
const bucketsSchema = z.custom<number[]>(
  (value) =>
    Array.isArray(value) &&
    value.length <= bucketCount &&
    value.every((bucket) => isCount(bucket, bucketCount - 1)),
  'must be numbers of buckets',
);
const ledgerMsSchema = z.number().min(0).max(8.64e15);

const keptUnitsSchema = z.strictObject({
  leaseId: leaseSchema.shape.id,
  licenseId: leaseSchema.shape.licenseId,
  units: leaseSchema.shape.units,
  leftMs: z.number().min(0),
});

const fromAskerSchema = { term: termSchema, configVersion: countSchema };
const askedSchema = { term: termSchema, asked: termSchema, granted: z.boolean() };

/** Messages of the replicas; an image goes another way (`transfers.ts`). */
export const replicaMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('heartbeat'),
    ...fromAskerSchema,
    round: countSchema,
    commitIndex: countSchema,
    syncSet: z.array(z.unknown()).max(16).pipe(z.array(serverIdSchema)),
    rows: z.strictObject({ number: countSchema, root: rootSchema }).optional(),
  }),
  z.object({
    type: z.literal('heartbeatAck'),
    term: termSchema,
    round: countSchema,
    rows: z.strictObject({ boot: bootSchema, number: countSchema }).optional(),
  }),
  z.object({
    type: z.literal('append'),
    ...fromAskerSchema,
    prev: positionSchema,
    entries: entriesSchema,
    commitIndex: countSchema,
  }),
  z.object({ type: z.literal('appendAck'), term: termSchema, matchIndex: countSchema }),
  z.object({
    type: z.literal('appendReject'),
    term: termSchema,
    rejectedIndex: countSchema,
    hint: positionSchema,
    base: positionSchema,
    usageSequence: countSchema,
    eventSequence: countSchema,
  }),
  z.object({
    type: z.literal('preVote'),
    ...fromAskerSchema,
    last: positionSchema,
    configBy: spellIdSchema.optional(),
  }),
  z.object({ type: z.literal('preVoteAck'), ...askedSchema }),
  z.object({
    type: z.literal('vote'),
    ...fromAskerSchema,
    last: positionSchema,
    transfer: termSchema.nullable(),
  }),
  z.object({ type: z.literal('voteAck'), ...askedSchema }),
  z.object({
    type: z.literal('handover'),
    term: termSchema,
    last: positionSchema,
    reason: z.enum(['switchover', 'reclaim', 'leave', 'storeFailed']),
    kept: z.array(keptUnitsSchema).max(keptUnitsMax).optional(),
  }),
  z.object({ type: z.literal('superseded'), term: termSchema }),
  z.object({
    type: z.literal('presence'),
    term: termSchema,
    boot: bootSchema,
    // A reason that only a later version knows is none here.
    why: hindranceSchema.optional().catch(undefined),
  }),
  z.object({
    type: z.literal('notMember'),
    term: termSchema,
    configVersion: countSchema,
    fromActive: z.boolean(),
  }),
  z.object({ type: z.literal('unknownMember'), ...fromAskerSchema }),
  z.strictObject({
    type: z.literal('rows'),
    ...fromAskerSchema,
    number: countSchema,
    rows: rowsSchema,
    history: historySchema,
    root: rootSchema,
    commitIndex: countSchema,
    markMs: ledgerMsSchema,
  }),
  z.strictObject({
    type: z.literal('rowsAck'),
    term: termSchema,
    boot: bootSchema,
    number: countSchema,
  }),
  z.strictObject({
    type: z.literal('buckets'),
    term: termSchema,
    boot: bootSchema,
    sums: sumsSchema,
  }),
  z.strictObject({ type: z.literal('gather'), ...fromAskerSchema, sums: sumsSchema }),
  z.strictObject({
    type: z.literal('piece'),
    ...fromAskerSchema,
    asked: termSchema.nullable(),
    number: countSchema,
    root: rootSchema,
    markMs: ledgerMsSchema,
    buckets: bucketsSchema,
    rows: pieceRowsSchema,
    last: z.boolean(),
    all: z.literal(true).exactOptional(),
  }),
  z.strictObject({
    type: z.literal('found'),
    term: termSchema,
    rows: pieceRowsSchema,
  }),
]);

/** An image, or a message too long for one frame, is ready to be fetched, part by part. */
const offerSchema = z.object({
  type: z.literal('offer'),
  ledger: ledgerIdSchema,
  transfer: countSchema,
  what: z.discriminatedUnion('type', [
    z.object({ type: z.literal('message') }),
    z.object({
      type: z.literal('image'),
      ...fromAskerSchema,
      commitIndex: countSchema,
      usageAfter: countSchema,
      eventsAfter: countSchema,
    }),
  ]),
});
export type Offer = z.infer<typeof offerSchema>;

export const linkPayloadSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ledger'),
    ledger: ledgerIdSchema,
    message: replicaMessageSchema,
  }),
  /** The sender does not keep this ledger. `dissolved`: since its admin dissolved the relationship. */
  z.object({
    type: z.literal('noSuchLedger'),
    ledger: ledgerIdSchema,
    dissolved: z
      .object({
        relationship: z.string().max(64),
        atMs: epochMsSchema,
        by: saidTextSchema(300),
      })
      .optional(),
  }),
  offerSchema,
  callSchema,
  answerSchema,
  /** The sender's own journal goes up to here. */
  z.object({ type: z.literal('journalGrew'), sequence: countSchema }),
]);
export type LinkPayload =
  | Exclude<z.infer<typeof linkPayloadSchema>, { type: 'ledger' }>
  | { type: 'ledger'; ledger: string; message: PeerMessage };

/** Lists of a message that can be long: what they are made of, and how many there are at most. */
export const messageLists = {
  rows: { schema: peerRowSchema, max: rowsMax },
  history: { schema: historyChangeSchema, max: historyMax },
} as const;

/** Lists in the entries of a log; the changes of one entry are a list of their own. */
export const entryLists = {
  entries: { schema: positionSchema, max: entriesMax },
  changes: { schema: entryChangeSchema, max: changesMax },
} as const;

/** Lists in an image: of its head the rows, and a page of each of the others. */
export const imageLists = {
  rows: { schema: rowSchema, max: rowsMax },
  licenses: { schema: installedLicenseSchema, max: imageListMax },
  vendors: { schema: trustedVendorSchema, max: imageListMax },
  ended: { schema: endedLeaseSchema, max: imageListMax },
  leases: { schema: leaseSchema, max: imageListMax },
} as const;
