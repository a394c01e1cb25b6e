import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import type { SignedText } from '../../../src-shared/model/signed-text.ts';
import { vendorPublicKeySchema, type VendorPublicKey } from '../../../src-shared/model/vendor.ts';

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
  /** Signatures of the keys that came before, each for the next one; not verified yet. */
  endorsements: vendorPublicKeySchema.shape.endorsements,
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

/** A value as a member of a JWS: its JSON in base64url. */
export function encodeMember(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const keys = new WeakMap<VendorPublicKey['publicKey'], KeyObject>();

/** Made once for each value, since that takes as long as verifying with it. */
export function importVendorKey(publicKey: VendorPublicKey['publicKey']): KeyObject {
  const known = keys.get(publicKey);
  if (known) return known;
  const key = createPublicKey({ key: publicKey, format: 'jwk' });
  keys.set(publicKey, key);
  return key;
}

/** Whether the signature is of this key, in the one spelling that it has. */
export function isSignedBy(jws: FlattenedJws, publicKey: VendorPublicKey['publicKey']): boolean {
  // RFC 8037, section 3.1: the hash is part of the algorithm.
  return holds(jws, (signed, signature) =>
    verify(null, signed, importVendorKey(publicKey), signature),
  );
}

/** The same for the key of a server or a machine: ES256 (RFC 7518, section 3.4). */
export function isSignedWithP256(jws: SignedText, key: KeyObject): boolean {
  return holds(jws, (signed, signature) =>
    verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
  );
}

function holds(jws: SignedText, check: (signed: Buffer, signature: Buffer) => boolean): boolean {
  const signature = Buffer.from(jws.signature, 'base64url');
  // Of the bits of the last character some mean nothing, so that a signature has several spellings.
  if (signature.toString('base64url') !== jws.signature) return false;
  try {
    return check(Buffer.from(`${jws.protected}.${jws.payload}`), signature);
  } catch {
    return false;
  }
}

/** What a file says in one field of a licence, which nobody has verified yet. */
export function peekClaim(item: unknown, field: 'id' | 'vendor' | 'majorityRule'): unknown {
  const jws = parseJws(item);
  const payload = jws && decodeMember(jws.payload);
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, field) : undefined;
}
