import { parseJson } from '../../../src-shared/model/json.ts';
import {
  thumbprintText,
  type TrustedVendor,
  type VendorPublicKey,
  vendorPublicKeySchema,
} from '../../../src-shared/model/vendor.ts';

/** The vendor's public key in a file; undefined when the file is something else. */
export function parseVendorKey(content: string): VendorPublicKey | undefined {
  return vendorPublicKeySchema.safeParse(parseJson(content)).data;
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
  const text = new TextEncoder().encode(thumbprintText(publicKey));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
