import { z } from 'zod';
import { textSchema } from './scalars.ts';

/** Most changes of a key that its file can prove, the latest ones. */
export const endorsementsMax = 8;

/** What a vendor's key signs to say which key comes after it. */
export const endorsementSchema = z.strictObject({
  vendor: textSchema(128),
  publicKey: z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url'),
  }),
});

/** What `issue keygen` writes to K.pub: an Ed25519 public key (RFC 8037) and whose it is. */
export const vendorPublicKeySchema = z.strictObject({
  format: z.literal('understudy-vendor/1'),
  ...endorsementSchema.shape,
  /** Compact JWS over `endorsementSchema`: each key that came before signed the next one. */
  endorsements: z.array(z.string().max(4_096)).max(endorsementsMax).optional(),
});
export type VendorPublicKey = z.infer<typeof vendorPublicKeySchema>;

/** What the thumbprint of a key is the SHA-256 of (RFC 7638): its members in the order of their names. */
export function thumbprintText({ crv, kty, x }: VendorPublicKey['publicKey']): string {
  return JSON.stringify({ crv, kty, x });
}

/** A vendor whose signatures count on this server. */
export const trustedVendorSchema = z.object({
  /** RFC 7638 thumbprint of the public key: 43 characters of base64url. */
  keyId: z.string(),
  vendor: z.string(),
  publicKey: vendorPublicKeySchema.shape.publicKey,
  endorsements: vendorPublicKeySchema.shape.endorsements,
  trustedAtMs: z.int(),
  demo: z.boolean(),
});
export type TrustedVendor = z.infer<typeof trustedVendorSchema>;
