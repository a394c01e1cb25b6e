import { z } from 'zod';

const base64urlSchema = z.string().regex(/^[A-Za-z0-9_-]+$/);

/** JWS JSON serialization, flattened (RFC 7515, section 7.2.2), without an unprotected header. */
const flattenedJwsSchema = z.strictObject({
  payload: base64urlSchema,
  protected: base64urlSchema,
  signature: base64urlSchema,
});
export type FlattenedJws = z.infer<typeof flattenedJwsSchema>;

const generalJwsSchema = z.strictObject({
  payload: base64urlSchema,
  signatures: z
    .array(flattenedJwsSchema.omit({ payload: true }))
    .min(1)
    .max(1),
});

export const licenseHeaderSchema = z.object({
  alg: z.string().max(64),
  kid: z.string().max(128),
  typ: z.string().max(128).optional(),
  crit: z.unknown().optional(),
});

/** One signed licence in its flattened form, from either JSON serialization; else undefined. */
export function parseJws(value: unknown): FlattenedJws | undefined {
  const flattened = flattenedJwsSchema.safeParse(value);
  if (flattened.success) return flattened.data;
  const general = generalJwsSchema.safeParse(value);
  const signature = general.data?.signatures[0];
  return general.data && signature && { payload: general.data.payload, ...signature };
}

/** JSON behind a base64url member of a JWS; undefined when it is not UTF-8 or not JSON. */
export function decodeMember(member: string): unknown {
  try {
    const bytes = Buffer.from(member, 'base64url');
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

/** What a file says in one field of a licence, which nobody has verified yet. */
export function peekClaim(item: unknown, field: 'id' | 'vendor'): unknown {
  const jws = parseJws(item);
  const payload = jws && decodeMember(jws.payload);
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, field) : undefined;
}
