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

/** Header with what the token of the answer is to repeat, so that an old answer proves nothing. */
export const nonceHeader = 'understudy-nonce';

/** 16 to 64 characters of base64url, of which no two requests have the same: 128 random bits. */
export const nonceSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,64}$/, 'must be 16 to 64 characters of base64url');

/** Longest request body in bytes. */
export const clientBodyBytesMax = 16 * 1024;

/** As `holderSchema`; what a client names itself now is to be seen as it is. */
export const checkoutRequestSchema = z
  .strictObject({
    feature: nameSchema(128).describe('What is to be used, as the vendor calls it.'),
    product: nameSchema(128)
      .optional()
      .describe('Only from licences of this product; without it, of any.'),
    version: z
      .string()
      .max(32)
      .regex(/^\d{1,9}(\.\d{1,9}){0,4}$/, 'must be numbers separated by dots')
      .optional()
      .describe('A licence of this version or a higher one satisfies it; without it, any does.'),
    released: instantSchema
      .optional()
      .describe(
        'When this version of the application was released: a licence with maintenance until then or ' +
          'earlier does not satisfy it; without it, any does.',
      ),
    units: z.int().min(1).max(licenseUnitsMax).default(1).describe('How many units.'),
    client: z
      .strictObject({
        instance: nameSchema(128).describe(
          'Identity of the seat, with user and host: 128 random bits, made when the application starts.',
        ),
        user: nameSchema(128).describe('Account name of whoever uses the application.'),
        host: nameSchema(255).describe('Name of the computer.'),
        app: nameSchema(128)
          .optional()
          .describe('Name and version of the application, for the lists of admins.'),
      })
      .describe('Who is to hold the seat.'),
    borrowUntil: instantSchema
      .optional()
      .describe('Borrow until this instant: the lease then works without a server.'),
    request: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Counts the seats that this instance asked for. A retry repeats the number, at whatever ' +
          'server; a higher one says that the instance holds no seat of this licence any more.',
      ),
  })
  .describe('Asks for a seat. A field that is not known is refused.');
export type CheckoutRequest = z.infer<typeof checkoutRequestSchema>;

/** Addresses of one server that a client is told. */
export const serverUrlsMax = 16;

export const apiServerSchema = z.object({
  id: serverIdSchema.describe('SHA-256 of its public key (SubjectPublicKeyInfo, DER), hex.'),
  name: z.string().describe('What its admin calls it.'),
  url: z.string().describe('The best of `urls`.'),
  urls: z
    .array(z.string())
    .max(serverUrlsMax)
    .optional()
    .describe('https://host:port, without a path, in the order to try for the client that asked.'),
  active: z.boolean().describe('It serves now.'),
});
export type ApiServer = z.infer<typeof apiServerSchema>;

export const leaseAnswerSchema = z.object({
  lease: z
    .object({
      id: leaseIdSchema.describe('A UUID, never used again.'),
      license: licenseIdSchema.describe('The licence that its units are of.'),
      feature: z.string().describe('The feature of that licence.'),
      units: z.int().describe('How many units are held.'),
      grantedAt: instantSchema.describe('By the server’s time.'),
      ttlSeconds: z
        .int()
        .describe(
          'Life of the lease from when the request that was answered was sent, on a clock that runs ' +
            'on while the computer sleeps.',
        ),
      borrowUntil: instantSchema
        .optional()
        .describe('End of a borrowed lease, which needs no renewal.'),
    })
    .describe('The seat.'),
  token: z.string().describe('Proof of the lease: a compact JWS (ES256) over TokenClaims.'),
  licenseFile: z
    .string()
    .optional()
    .describe(
      'The licence as its vendor signed it, to the letter: a flattened JWS. Left out when it was ' +
        'removed while a seat of it is out.',
    ),
  serverKey: z
    .string()
    .optional()
    .describe('Public key that signed the token (SubjectPublicKeyInfo, DER, base64).'),
  term: z.int().describe('Rises with every takeover; a lower one than before is out of date.'),
  servedBy: z
    .object({
      id: serverIdSchema.describe('The server that answers.'),
      name: z.string().describe('What its admin calls it.'),
      role: z
        .enum(['primary', 'failover'])
        .describe('failover: it serves in the place of the licence’s own server.'),
    })
    .describe('Who granted or renewed it.'),
  servers: z.array(apiServerSchema).describe('Servers that keep this lease, in the order to try.'),
});
export type LeaseAnswer = z.infer<typeof leaseAnswerSchema>;

export const licensesAnswerSchema = z.object({
  licenses: z.array(licenseStatusSchema).describe('The licences of this server.'),
});
export type LicensesAnswer = z.infer<typeof licensesAnswerSchema>;

export const serversAnswerSchema = z.object({
  servers: z.array(apiServerSchema).describe('In the order to try them.'),
});

export const healthAnswerSchema = z.object({
  status: z
    .enum(['serving', 'standby', 'unavailable'])
    .describe('standby: it could take over at once.'),
  reasons: z
    .array(
      z.object({
        code: z.string().describe('For programs.'),
        message: z.string().describe('For people.'),
      }),
    )
    .describe('Why it is not what it should be; also while it serves.'),
});
export type HealthAnswer = z.infer<typeof healthAnswerSchema>;

/** What a token proves (protocol section 4). Header: `alg` ES256, `kid` the server's id. */
export const tokenClaimsSchema = z.object({
  iss: serverIdSchema.describe('The server that signed it; also `kid` in the header.'),
  ledger: z.string().describe('What it is counted in.'),
  term: z.int().describe('As in the answer.'),
  lease: leaseIdSchema.describe('As in the answer.'),
  license: licenseIdSchema.describe('As in the answer.'),
  licenseHash: z
    .string()
    .max(64)
    .optional()
    .describe('SHA-256 of `licenseFile` of the answer (UTF-8), base64url.'),
  product: z.string().max(128).optional().describe('Of the licence.'),
  version: z.string().max(32).optional().describe('Of the licence.'),
  feature: z.string().describe('Of the licence.'),
  units: z.int().describe('As in the answer.'),
  nonce: nonceSchema.optional().describe('`Understudy-Nonce` of the request.'),
  holder: z.string().describe('`client.instance` of the holder.'),
  user: z.string().max(128).optional().describe('`client.user` of the holder.'),
  host: z.string().max(255).optional().describe('`client.host` of the holder.'),
  app: z.string().max(128).optional().describe('`client.app` of the holder.'),
  granted: z.int().optional().describe('When the lease began, in seconds since 1970.'),
  borrow: z.int().optional().describe('When a borrowed lease ends, in seconds since 1970.'),
  iat: z.int().describe('When it was signed, in seconds since 1970, by the server’s time.'),
  exp: z.int().describe('When the lease ends unless it is renewed, in seconds since 1970.'),
  ttl: z.int().optional().describe('`ttlSeconds` of the answer.'),
});
export type TokenClaims = z.infer<typeof tokenClaimsSchema>;
