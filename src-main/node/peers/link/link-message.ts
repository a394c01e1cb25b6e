import { z } from 'zod';
import { parseJson } from '../../../../src-shared/model/json.ts';
import {
  bootSchema,
  hostPortSchema,
  serverIdSchema,
  serverNameSchema,
} from '../../../../src-shared/model/scalars.ts';
import { saidTextSchema } from '../../../../src-shared/model/said-text.ts';
import { consentSchema } from '../../../../src-shared/model/consent.ts';
import { checkJson, type JsonLimits } from '../../base/sliced-json.ts';
import { bootsRememberedMax } from '../../identity/boots.ts';

/** ALPN name of the peer link on the server's one port (docs/pairing.md). */
export const peerAlpn = 'understudy-peer/1';

/** Version of the messages; servers with another one refuse each other. */
export const peerProtocolVersion = 5;

/** Addresses of itself that a server tells others. */
export const ownAddressesMax = 8;

const addressesSchema = z.array(hostPortSchema).max(ownAddressesMax);

/** What only a paired server is told. */
const detailsSchema = z.object({
  appVersion: saidTextSchema(64),
  /** Port of the sender, for the address that its connection comes from. */
  port: z.int().min(1).max(65_535).nullable(),
  addresses: addressesSchema,
  /** The sender's last starts, the newest last; a version that knew none says none. */
  boots: z.array(bootSchema).max(bootsRememberedMax).default([]),
  /** The start of the receiver that the sender heard of last; left out where it heard of none. */
  knownBoot: bootSchema.optional(),
  /** Where clients reach the sender, the best first; none from a server that does not say so. */
  clientAddresses: addressesSchema.default([]),
});
export type PeerDetails = z.infer<typeof detailsSchema>;

const refusalCodeSchema = z.enum([
  'PROTOCOL_VERSION',
  'PROTOCOL_ERROR',
  'ID_MISMATCH',
  'NOT_PAIRED',
  'PAIRING_REFUSED',
  'PAIRING_LIMIT',
  'SAME_IDENTITY',
]);
export type LinkRefusalCode = z.infer<typeof refusalCodeSchema>;

/** What a connection is for: to learn who answers, to pair, or to be the link of a pair. */
const purposeSchema = z.enum(['look', 'pair', 'link']);

const countSchema = z.int().min(0);
const wallMsSchema = z.number().min(0).max(8_640_000_000_000_000);

export const linkMessageSchema = z.discriminatedUnion('type', [
  /** The first message of both sides. */
  z.object({
    type: z.literal('hello'),
    version: z.int(),
    /** Must be that of the certificate; null from one who shows none. */
    id: serverIdSchema.nullable(),
    name: serverNameSchema,
    purpose: purposeSchema,
    /** Which start of the server answers, for one that finds its own identity there. */
    boot: bootSchema.optional(),
    /** How long the answering process runs, likewise. */
    upMs: countSchema.optional(),
    /** What it is of the two, when it has found the other. */
    rank: z.enum(['first', 'second']).optional(),
    details: detailsSchema.optional(),
  }),
  /** `ended`, of `NOT_PAIRED`: an admin of the sender ended the pairing; else the sender knows of none. */
  z.object({
    type: z.literal('refused'),
    code: refusalCodeSchema,
    ended: z.literal(true).optional(),
  }),
  /** Proof of knowing the invitation code, 32 bytes in base64url. */
  z.object({ type: z.literal('proof'), mac: z.string().length(43) }),
  /** The sender has stored the pairing, and lets the other server have this of it. */
  z.object({
    type: z.literal('paired'),
    details: detailsSchema,
    consent: consentSchema.default([]),
  }),
  /** From the server with the lower id: this connection is the link from here on. */
  z.object({ type: z.literal('welcome') }),
  z.object({ type: z.literal('ping'), count: countSchema }),
  z.object({
    type: z.literal('pong'),
    count: countSchema,
    /** Wall clock of the sender when the ping came and when this left. */
    receivedMs: wallMsSchema,
    sentMs: wallMsSchema,
  }),
  /** What the sender's details are now. */
  z.object({ type: z.literal('details'), name: serverNameSchema, details: detailsSchema }),
  /** A message of whatever uses the link, which has its own schema. */
  z.object({ type: z.literal('payload'), data: z.unknown() }),
  /** The sender stops in order, or has ended the pairing. */
  z.object({ type: z.literal('goodbye'), reason: z.enum(['stopping', 'forgotten']) }),
]);
export type LinkMessage = z.infer<typeof linkMessageSchema>;
/** Why a connection was refused. */
export type LinkRefusal = Omit<Extract<LinkMessage, { type: 'refused' }>, 'type'>;
export type Hello = Extract<LinkMessage, { type: 'hello' }>;
/** What a server is of two that have one identity. */
export type CopyRank = NonNullable<Hello['rank']>;
export type Purpose = Hello['purpose'];

/** What a message can have whose schema is somebody else's, with long lists where those can be. */
const shortLimits: JsonLimits = {
  ...{ valuesMax: 15_000, depthMax: 24, textCharsMax: 256 * 1024 },
  ...{ listMax: 2_000, longListsAt: [4, 6] },
};

/** A message out of the text of a frame; undefined for anything else. */
export function parseLinkMessage(text: string): LinkMessage | undefined {
  try {
    checkJson(text, shortLimits);
  } catch {
    return undefined;
  }
  return linkMessageSchema.safeParse(parseJson(text)).data;
}
