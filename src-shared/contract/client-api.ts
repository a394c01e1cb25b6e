import { z } from 'zod';
import { holderSchema } from '../model/lease.ts';
import { licenseStatusSchema } from '../model/license.ts';
import {
  instantSchema,
  leaseIdSchema,
  licenseIdSchema,
  serverIdSchema,
  textSchema,
} from '../model/scalars.ts';
import { licenseUnitsMax } from '../model/license.ts';

/** Header in which a client sends its newest token (protocol section 4). */
export const tokenHeader = 'understudy-token';

/** Header with what the token of the answer is to repeat, so that an old answer proves nothing. */
export const nonceHeader = 'understudy-nonce';

/** 16 to 64 characters of base64url, of which no two requests have the same: 128 random bits. */
export const nonceSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,64}$/, 'must be 16 to 64 characters of base64url');

/** Longest request body in bytes. */
export const clientBodyBytesMax = 16 * 1024;

export const checkoutRequestSchema = z.strictObject({
  feature: textSchema(128),
  product: textSchema(128).optional(),
  /** Dotted numbers; a licence of this version or a higher one satisfies it. */
  version: z
    .string()
    .max(32)
    .regex(/^\d{1,9}(\.\d{1,9}){0,4}$/, 'must be numbers separated by dots')
    .optional(),
  units: z.int().min(1).max(licenseUnitsMax).default(1),
  client: z.strictObject(holderSchema.shape),
  /** Borrow until this instant: the lease then works offline. */
  borrowUntil: instantSchema.optional(),
  /**
   * Counts the seats that this instance asked for. A retry repeats the number, at whatever server; a
   * higher one says that the instance holds no seat of this licence any more.
   */
  request: z.int().min(0).optional(),
});
export type CheckoutRequest = z.infer<typeof checkoutRequestSchema>;

export const apiServerSchema = z.object({
  id: serverIdSchema,
  name: z.string(),
  url: z.string(),
  active: z.boolean(),
});
export type ApiServer = z.infer<typeof apiServerSchema>;

export const leaseAnswerSchema = z.object({
  lease: z.object({
    id: leaseIdSchema,
    license: licenseIdSchema,
    feature: z.string(),
    units: z.int(),
    grantedAt: instantSchema,
    ttlSeconds: z.int(),
    borrowUntil: instantSchema.optional(),
  }),
  /** JWS (compact, ES256) signed by the serving server over `tokenClaimsSchema`. */
  token: z.string(),
  /**
   * The licence as its vendor signed it, to the letter (docs/licence-file.md, "The format"). Left out
   * when it was removed while a seat of it is out.
   */
  licenseFile: z.string().optional(),
  /** SubjectPublicKeyInfo (DER, base64) of the key that signed the token; its SHA-256 is `iss`. */
  serverKey: z.string().optional(),
  term: z.int(),
  servedBy: z.object({
    id: serverIdSchema,
    name: z.string(),
    role: z.enum(['primary', 'failover']),
  }),
  servers: z.array(apiServerSchema),
});
export type LeaseAnswer = z.infer<typeof leaseAnswerSchema>;

export const licensesAnswerSchema = z.object({ licenses: z.array(licenseStatusSchema) });
export type LicensesAnswer = z.infer<typeof licensesAnswerSchema>;

export const serversAnswerSchema = z.object({ servers: z.array(apiServerSchema) });

export const healthAnswerSchema = z.object({
  status: z.enum(['serving', 'standby', 'unavailable']),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
});
export type HealthAnswer = z.infer<typeof healthAnswerSchema>;

/** What a token proves (protocol section 4). Header: `alg` ES256, `kid` the server's id. */
export const tokenClaimsSchema = z.object({
  /** The serving server. */
  iss: serverIdSchema,
  ledger: z.string(),
  term: z.int(),
  lease: leaseIdSchema,
  license: licenseIdSchema,
  /** SHA-256 of the `licenseFile` of the answer (UTF-8), base64url. */
  licenseHash: z.string().max(64).optional(),
  /** Of the licence: what it grants. */
  product: z.string().max(128).optional(),
  version: z.string().max(32).optional(),
  feature: z.string(),
  units: z.int(),
  /** `Understudy-Nonce` of the request. */
  nonce: nonceSchema.optional(),
  /** `client.instance` of the holder. */
  holder: z.string(),
  /** The rest of the holder, and seconds since 1970 of the grant and of the end of borrowing. */
  user: z.string().max(128).optional(),
  host: z.string().max(255).optional(),
  app: z.string().max(128).optional(),
  granted: z.int().optional(),
  borrow: z.int().optional(),
  /** Seconds since 1970: when it was signed, and when the lease ends unless renewed. */
  iat: z.int(),
  exp: z.int(),
  /** `ttlSeconds` of the answer. */
  ttl: z.int().optional(),
});
export type TokenClaims = z.infer<typeof tokenClaimsSchema>;
