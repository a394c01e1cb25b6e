import {
  type TrustedVendor,
  vendorPublicKeySchema,
  type VendorPublicKey,
} from '../../../src-shared/model/vendor.ts';

/** The vendor's public key in a file; undefined when the file is something else. */
export function parseVendorKey(content: string): VendorPublicKey | undefined {
  try {
    const parsed = vendorPublicKeySchema.safeParse(JSON.parse(content));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Ids of other keys that are trusted under the name in a vendor key file. That a key before vouches for
 * this one makes no difference: a file that says so proves nothing, and a licence that proves it needs
 * no key file.
 */
export function findOtherKeys(
  { vendor, keyId }: { vendor: string; keyId: string },
  vendors: readonly TrustedVendor[],
): string[] {
  if (vendors.some((known) => known.keyId === keyId)) return [];
  return vendors.filter((known) => known.vendor === vendor).map((known) => known.keyId);
}

/** RFC 7638 thumbprint of an Ed25519 key: 43 characters of base64url. */
export async function vendorKeyId(publicKey: VendorPublicKey['publicKey']): Promise<string> {
  const { crv, kty, x } = publicKey;
  const canonical = new TextEncoder().encode(JSON.stringify({ crv, kty, x }));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', canonical));
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
