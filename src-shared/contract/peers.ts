import { z } from 'zod';
import { consentSchema } from '../model/consent.ts';
import {
  ledgerConfigSchema,
  ledgerMembersMax,
  ledgerRelationshipSchema,
} from '../model/ledger-config.ts';
import { reclaimSchema } from '../model/node-snapshot.ts';
import {
  coverageSchema,
  relationshipKindSchema,
  relationshipSettingsSchema,
} from '../model/relationship.ts';
import { licenseVersionSchema } from '../model/license.ts';
import {
  ledgerIdSchema,
  licenseIdSchema,
  serverIdSchema,
  spellIdSchema,
  serverNameLengthMax,
} from '../model/scalars.ts';
import { trustedVendorSchema } from '../model/vendor.ts';
import { saidTextSchema } from '../model/said-text.ts';
import { heardEventSchema } from '../model/timeline.ts';
import { type LedgerOrder, ledgerOrderSchema, orderResultSchema } from './ledger-order.ts';

/** One call of the contract: who is asked takes `params` and answers `result` or an admin refusal. */
interface PeerEntry {
  params: z.ZodType;
  /** A function when it depends on the arguments. */
  result: z.ZodType | ((args: never) => z.ZodType);
  /** Longest wait for the answer. */
  waitMsMax: number;
  /** Characters of the call as it is sent; without it 64 Ki. */
  callCharsMax?: number;
  /** Characters of the answer as it is sent; without it 64 Ki. */
  answerCharsMax?: number;
  /** Only a server that takes part in a ledger here asks at such length. */
  ofPartners?: true;
}

const emptySchema = z.object({});

const waitMsDefault = 5_000;

/** Licences of one question after damaged ones, so that its answer fits into one frame. */
export const damagedAskedMax = 100;

/** Rows of one answer about what happened. */
export const historyRowsMax = 500;

/**
 * What a member may have changed in the configuration of a ledger by the server that serves it.
 * Members come and go by the active server alone, which is on its way to the goal.
 */
const orderedConfigSchema = z.strictObject({
  relationship: ledgerRelationshipSchema.optional(),
  settings: relationshipSettingsSchema.optional(),
  placed: serverIdSchema.nullable().optional(),
});
export type OrderedConfig = z.infer<typeof orderedConfigSchema>;

/** What the timeline calls such a change. */
const orderedChangeKindSchema = z.enum([
  'relationshipCreated',
  'relationshipChanged',
  'relationshipDissolved',
]);
export type OrderedChangeKind = z.infer<typeof orderedChangeKindSchema>;

/** What a paired server says of the key that follows its own. */
const successorOfferSchema = z.strictObject({
  id: serverIdSchema,
  /** SubjectPublicKeyInfo in DER, as base64. */
  publicKey: z.base64().max(512),
  /** By `makeSuccessorProof`: 64 bytes in base64url. */
  proof: z.string().length(86),
});
export type SuccessorOffer = z.infer<typeof successorOfferSchema>;

const saidCoverageSchema = coverageSchema.extend({
  license: saidTextSchema(128),
  feature: saidTextSchema(256),
  reason: saidTextSchema(1_024).optional(),
});

/** What a server says of itself before it takes part in a relationship. */
const sideSchema = z.object({
  name: saidTextSchema(serverNameLengthMax),
  version: saidTextSchema(64),
  /** A relationship that it is in, not as a witness; that of its own licences, if they are in one. */
  relationship: z.string().max(64).nullable(),
  /** All of them; of an older version it is absent. */
  relationships: z
    .array(
      z.object({
        id: z.string().max(64),
        kind: relationshipKindSchema,
        members: z.array(serverIdSchema).max(ledgerMembersMax),
        /** The server's own licences are in it. */
        own: z.boolean(),
      }),
    )
    .max(64)
    .optional(),
  paired: z.array(serverIdSchema).max(64),
  storeFailure: saidTextSchema(1_024).nullable(),
  /** Own licences of the server asked, and whether each may run on another one of the servers. */
  licenses: z.array(saidCoverageSchema).max(2_000),
  /** Of a pool: own licences that would have to be moved to its other ledger and cannot be now. */
  pinned: z.array(saidTextSchema(128)).max(2_000).optional(),
  /** What an admin there lets the server that asks have of it; of an older version it is absent. */
  consent: consentSchema.optional(),
});
export type RelationshipSide = z.infer<typeof sideSchema>;

/**
 * What paired servers ask each other over the peer link (docs/pairing.md): one entry a call. Servers
 * of two versions talk to each other, so that names and shapes of what there is stay.
 */
export const peerContract = {
  /** An admin's order to a ledger that the other server serves. */
  'ledger.order': {
    params: z.strictObject({ ledger: ledgerIdSchema, order: ledgerOrderSchema }),
    result: ({ order }: { order: LedgerOrder }) => orderResultSchema(order.type),
    waitMsMax: 15_000,
    // A licence file, every character of which can be written as two.
    callCharsMax: 9 * 1024 * 1024,
    answerCharsMax: 4 * 1024 * 1024,
    ofPartners: true,
  },
  /** A change of the configuration of a ledger that the other server serves. */
  'ledger.configure': {
    params: z.strictObject({
      ledger: ledgerIdSchema,
      change: orderedConfigSchema,
      kind: orderedChangeKindSchema,
      message: saidTextSchema(1_024),
    }),
    result: emptySchema,
    waitMsMax: waitMsDefault,
  },
  /** Gives a ledger that the other server serves to a member. */
  'ledger.move': {
    params: z.strictObject({
      ledger: ledgerIdSchema,
      to: serverIdSchema,
      /** Sent only then, so that a server which does not know it understands every other order. */
      occasion: z.literal('drill').optional(),
    }),
    result: z.object({ tookMs: z.number() }),
    waitMsMax: 10_000,
  },
  /** How a ledger that the other server serves goes back to the member that is preferred. */
  'ledger.reclaim': {
    params: z.strictObject({ ledger: ledgerIdSchema }),
    result: z.object({ reclaim: reclaimSchema.nullable() }),
    waitMsMax: waitMsDefault,
  },
  /** The other server is to take part in a ledger. */
  'ledger.join': {
    params: z.strictObject({
      ledger: ledgerIdSchema,
      config: ledgerConfigSchema,
      /**
       * Members that cannot be reached, and with which the other server need not be paired. Sent only when
       * there are some, so that a server which does not know it understands every other order.
       */
      absent: z.array(serverIdSchema).max(ledgerMembersMax).optional(),
      /** Under `majority`: number of the term of the active that calls. */
      term: z.int().min(0).optional(),
    }),
    result: emptySchema,
    waitMsMax: waitMsDefault,
  },
  /** By which configuration a server takes part in a ledger that the other one keeps; null: by none. */
  'ledger.vouch': {
    params: z.strictObject({ ledger: ledgerIdSchema, server: serverIdSchema }),
    result: z.object({ configVersion: z.int().nullable() }),
    waitMsMax: waitMsDefault,
  },
  /** The other server takes part in a ledger no longer, by that version of the configuration. */
  'ledger.leave': {
    params: z.strictObject({ ledger: ledgerIdSchema, configVersion: z.int() }),
    result: emptySchema,
    waitMsMax: waitMsDefault,
  },
  /** The other server's own ledger is to be protected. */
  'relationship.protect': {
    params: z.strictObject({ relationship: ledgerRelationshipSchema }),
    result: emptySchema,
    waitMsMax: waitMsDefault,
  },
  /** The caller no longer wants the relationship that it asked for. */
  'relationship.withdraw': {
    params: z.strictObject({ relationship: z.uuid() }),
    result: emptySchema,
    waitMsMax: waitMsDefault,
  },
  /** How the other server stands to a relationship with `other`. */
  'relationship.side': {
    params: z.strictObject({
      other: serverIdSchema,
      /** Of what is no backup; a version that knows backups only refuses it. */
      wider: z
        .strictObject({
          kind: relationshipKindSchema,
          /** All others who would keep its licences, `other` among them. */
          others: z.array(serverIdSchema).max(ledgerMembersMax),
        })
        .optional(),
    }),
    result: sideSchema,
    waitMsMax: waitMsDefault,
    answerCharsMax: 2 * 1024 * 1024,
  },
  /** Licences of a ledger that are damaged at the caller; an empty list takes an earlier one back. */
  'license.damaged': {
    params: z.strictObject({
      ledger: ledgerIdSchema,
      licenses: z.array(licenseIdSchema).max(damagedAskedMax),
    }),
    result: z.object({
      versions: z
        .array(z.object({ id: licenseIdSchema, version: licenseVersionSchema }))
        .max(damagedAskedMax),
      vendors: z.array(trustedVendorSchema).max(damagedAskedMax),
    }),
    waitMsMax: waitMsDefault,
    answerCharsMax: 8 * 1024 * 1024,
  },
  /** Another key follows that of the server that calls. */
  'key.follows': { params: successorOfferSchema, result: emptySchema, waitMsMax: waitMsDefault },
  /** The next part of what was offered; `last` comes with no text. */
  'transfer.part': {
    params: z.strictObject({ transfer: z.int(), part: z.int().min(0) }),
    result: z.object({ text: z.string(), last: z.boolean() }),
    waitMsMax: 10_000,
    answerCharsMax: 9 * 1024 * 1024,
  },
  /** The other server's own journal after a sequence. */
  'journal.read': {
    params: z.strictObject({ after: z.int().min(0) }),
    result: z.object({ events: z.array(heardEventSchema).max(historyRowsMax) }),
    waitMsMax: waitMsDefault,
    answerCharsMax: 4 * 1024 * 1024,
  },
  /**
   * Rows of a spell's history, as JSON texts: all that there are from one number to another, both
   * included. `upTo` is below `from` where the server asked has nothing of it.
   */
  'history.read': {
    params: z.strictObject({
      ledger: ledgerIdSchema,
      spell: spellIdSchema,
      kind: z.enum(['usage', 'events']),
      after: z.int().min(0),
      upTo: z.int().min(0),
    }),
    result: z.object({
      docs: z.array(z.string().max(65_536)).max(historyRowsMax),
      from: z.int().min(0),
      upTo: z.int().min(0),
    }),
    waitMsMax: waitMsDefault,
    answerCharsMax: 8 * 1024 * 1024,
  },
} as const satisfies Record<string, PeerEntry>;

/** Calls that one server may ask another, by name. */
export type CallContract = Record<string, PeerEntry>;
export type PeerContract = typeof peerContract;

export type CallParams<E extends PeerEntry> = z.input<E['params']>;
export type CallArguments<E extends PeerEntry> = z.output<E['params']>;
export type CallResult<E extends PeerEntry> = E['result'] extends z.ZodType
  ? z.output<E['result']>
  : E['result'] extends (args: never) => infer R
    ? z.output<R>
    : never;

export type PeerMethod = keyof PeerContract;
export type PeerParams<M extends PeerMethod> = CallParams<PeerContract[M]>;
export type PeerArguments<M extends PeerMethod> = CallArguments<PeerContract[M]>;
export type PeerResult<M extends PeerMethod> = CallResult<PeerContract[M]>;

/** A call on the link; `id` is the caller's number for it. */
export const callSchema = z.object({
  type: z.literal('call'),
  id: z.int().min(0),
  method: z.string().max(64),
  args: z.unknown(),
  /** The account of the caller's admin who orders it; a version that knew none, and nobody, say none. */
  by: saidTextSchema(128).optional(),
});
export type PeerCall = z.infer<typeof callSchema>;

export const answerSchema = z.object({
  type: z.literal('answer'),
  id: z.int().min(0),
  answer: z.union([
    z.object({ ok: z.literal(true), value: z.unknown() }),
    z.object({ ok: z.literal(false), code: z.string().max(64), message: z.string().max(4_096) }),
  ]),
});
export type PeerAnswer = z.infer<typeof answerSchema>;
