import type { OpenedText, SignedText } from '../../../src-shared/model/signed-text.ts';
import { splitCompact } from '../../../src-shared/model/signed-text.ts';
import {
  endorsementSchema,
  endorsementsMax,
  type TrustedVendor,
  type VendorPublicKey,
} from '../../../src-shared/model/vendor.ts';
import {
  endorsementJwsType,
  formerKeyIds,
  type KeyReader,
} from '../../../src-shared/model/vendor-succession.ts';
import { decodeMember, encodeMember, isSignedBy } from './license-jws.ts';
import { keyIdOf, type VendorSigner } from './vendor-signer.ts';

const reader: KeyReader = { keyIdOf, open };

function open(jws: SignedText, x: string): OpenedText | null {
  if (!isSignedBy(jws, { kty: 'OKP', crv: 'Ed25519', x })) return null;
  return { header: decodeMember(jws.protected), payload: decodeMember(jws.payload) };
}

/** A vendor's former key signs the next one: the endorsements that the next key carries. */
export async function endorse(
  next: Pick<VendorPublicKey, 'vendor' | 'publicKey'>,
  former: VendorSigner,
): Promise<string[]> {
  const header = encodeMember({ alg: 'EdDSA', kid: former.keyId, typ: endorsementJwsType });
  const signed = `${header}.${encodeMember({ vendor: next.vendor, publicKey: next.publicKey })}`;
  const signature = await former.sign(Buffer.from(signed));
  const made = `${signed}.${signature.toString('base64url')}`;
  return [...(former.endorsements ?? []), made].slice(-endorsementsMax);
}

/** The ids of trusted keys, and of those between, that a key follows; empty: of none. */
export function formerKeysOf(
  key: Pick<TrustedVendor, 'vendor' | 'publicKey' | 'endorsements'>,
  trusted: Iterable<TrustedVendor>,
): string[] {
  return formerKeyIds(key, [...trusted], reader);
}

/**
 * The key that a licence was signed with, when a trusted key of the same vendor vouches for it:
 * `endorsements` came with the licence and counts for nothing by itself.
 */
export function followTrusted(
  keyId: string,
  endorsements: string[],
  trusted: Iterable<TrustedVendor>,
): TrustedVendor | undefined {
  const last = splitCompact(endorsements.at(-1) ?? '');
  const claimed = endorsementSchema.safeParse(last && decodeMember(last.payload));
  if (!claimed.success || keyIdOf(claimed.data.publicKey) !== keyId) return undefined;
  const { vendor, publicKey } = claimed.data;
  const key = { keyId, vendor, publicKey, endorsements, demo: false, trustedAtMs: 0 };
  return formerKeysOf(key, trusted).length === 0 ? undefined : key;
}
