import { z } from 'zod';
import { answerSchema, callSchema } from '../../../src-shared/contract/peers.ts';
import { leaseSchema } from '../../../src-shared/model/lease.ts';
import { ledgerConfigSchema } from '../../../src-shared/model/ledger-config.ts';
import { installedLicenseSchema } from '../../../src-shared/model/license.ts';
import { serverIdSchema } from '../../../src-shared/model/scalars.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import { changeSchema, ledgerIdSchema, metaSchema } from '../store/record-schema.ts';

// What paired servers say to each other about their ledgers, as the payload of the peer link
// (docs/pairing.md). A message that is not of these shapes is dropped and told.

/** Entries of one message and changes of one entry: well above all that a log and a step can have. */
const entriesMax = 20_000;
const changesMax = 200_000;

const countSchema = z.int().min(0);

const termSchema = z.object({
  number: countSchema,
  member: z.union([serverIdSchema, z.literal('')]),
});

const positionSchema = z.object({ index: countSchema, term: termSchema });

const entrySchema = positionSchema.extend({
  changes: z.array(changeSchema(metaSchema)).max(changesMax),
});
const entriesSchema = z.array(entrySchema).max(entriesMax);

const storedLedgerSchema = z.object({
  meta: metaSchema.nullable(),
  config: ledgerConfigSchema,
  leases: z.array(leaseSchema),
  licenses: z.array(installedLicenseSchema),
  vendors: z.array(trustedVendorSchema),
  ended: z.array(z.object({ leaseId: z.string().max(64), untilMs: z.int() })),
});

/** The ledger as an image begins with it; its leases follow in parts. */
export const imageHeadSchema = z.object({
  position: positionSchema,
  ledger: storedLedgerSchema.omit({ leases: true }),
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
    syncSet: z.array(serverIdSchema).max(16),
  }),
  z.object({
    type: z.literal('heartbeatAck'),
    term: termSchema,
    round: countSchema,
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
  z.object({ type: z.literal('preVote'), ...fromAskerSchema, last: positionSchema }),
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
  }),
  z.object({ type: z.literal('superseded'), term: termSchema }),
  z.object({ type: z.literal('presence'), term: termSchema }),
  z.object({
    type: z.literal('notMember'),
    term: termSchema,
    configVersion: countSchema,
    fromActive: z.boolean(),
  }),
  z.object({
    type: z.literal('divergence'),
    term: termSchema,
    common: positionSchema.nullable(),
    entries: entriesSchema,
    ledger: storedLedgerSchema,
    last: positionSchema,
  }),
  z.object({ type: z.literal('merged'), term: termSchema, last: positionSchema }),
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

const linkPayloadSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ledger'),
    ledger: ledgerIdSchema,
    message: replicaMessageSchema,
  }),
  /** The sender does not keep this ledger. */
  z.object({ type: z.literal('noSuchLedger'), ledger: ledgerIdSchema }),
  offerSchema,
  callSchema,
  answerSchema,
  /** The sender's own journal goes up to here. */
  z.object({ type: z.literal('journalGrew'), sequence: countSchema }),
]);
export type LinkPayload =
  | Exclude<z.infer<typeof linkPayloadSchema>, { type: 'ledger' }>
  | { type: 'ledger'; ledger: string; message: PeerMessage };

export type ParsedPayload = { ok: true; payload: LinkPayload } | { ok: false; problem: string };

/** A payload of a paired server; a problem names the place that is wrong. */
export function parseLinkPayload(value: unknown): ParsedPayload {
  const parsed = linkPayloadSchema.safeParse(value);
  if (parsed.success) return { ok: true, payload: parsed.data as LinkPayload };
  const issue = parsed.error.issues[0];
  return { ok: false, problem: `${issue?.path.join('.') || 'payload'}: ${issue?.message ?? ''}` };
}
