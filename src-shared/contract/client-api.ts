import { z } from 'zod';
import { licenseStatusSchema } from '../model/license.ts';
import {
  instantSchema,
  leaseIdSchema,
  licenseIdSchema,
  serverIdSchema,
  nameSchema,
} from '../model/scalars.ts';
import { licenseUnitsMax } from '../model/license.ts';

/** Header in which a client sends its newest token (protocol section 4). */
export const tokenHeader = 'understudy-token';

/** Longest request body in bytes. */
export const clientBodyBytesMax = 16 * 1024;

/** As `holderSchema`; what a client names itself now is to be seen as it is. */
const requestedHolderSchema = z.strictObject({
  instance: nameSchema(128),
  user: nameSchema(128),
  host: nameSchema(255),
  app: nameSchema(128).optional(),
});

export const checkoutRequestSchema = z.strictObject({
  feature: nameSchema(128),
  product: nameSchema(128).optional(),
  /** Dotted numbers; a licence of this version or a higher one satisfies it. */
  version: z
    .string()
    .max(32)
    .regex(/^\d{1,9}(\.\d{1,9}){0,4}$/, 'must be numbers separated by dots')
    .optional(),
  units: z.int().min(1).max(licenseUnitsMax).default(1),
  client: requestedHolderSchema,
  /** Borrow until this instant: the lease then works offline. */
  borrowUntil: instantSchema.optional(),
  /**
   * Counts the seats that this instance asked for. A retry repeats the number, at whatever server; a
   * higher one says that the instance holds no seat of this licence any more.
   */
  request: z.int().min(0).optional(),
});
export type CheckoutRequest = z.infer<typeof checkoutRequestSchema>;

/** Addresses of one server that a client is told. */
export const serverUrlsMax = 16;

export const apiServerSchema = z.object({
  id: serverIdSchema,
  name: z.string(),
  /** The best of `urls`. */
  url: z.string(),
  /** `https://host:port`, in the order to try for the client that asked. */
  urls: z.array(z.string()).max(serverUrlsMax).optional(),
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
  feature: z.string(),
  units: z.int(),
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
});
export type TokenClaims = z.infer<typeof tokenClaimsSchema>;
