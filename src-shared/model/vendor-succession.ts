import { z } from 'zod';
import { licenseAlgorithms } from './license.ts';
import { type OpenedText, type SignedText, splitCompact } from './signed-text.ts';
import { endorsementSchema, type VendorPublicKey } from './vendor.ts';

/** `typ` of an endorsement: what the same key signs for another purpose does not count. */
export const endorsementJwsType = 'understudy-vendor+jws';

export const endorsementHeaderSchema = z.object({
  alg: z.enum(licenseAlgorithms),
  kid: z.string(),
  typ: z.literal(endorsementJwsType),
  crit: z.undefined().optional(),
});

/** Cryptography as a value. Neither function throws. */
export interface KeyReader {
  /** RFC 7638 thumbprint. */
  keyIdOf(publicKey: VendorPublicKey['publicKey']): string;
  /** What the Ed25519 key `x` signed; null when the signature is not of this key. */
  open(jws: SignedText, x: string): OpenedText | null;
}

type Key = Pick<VendorPublicKey, 'vendor' | 'publicKey'>;

/**
 * The ids of the keys that a vendor's key follows, the oldest first: each signed the next one, in the
 * same vendor's name, and the first of them is known. Empty: it follows none that is known
 * (docs/licence-file.md, "Another key").
 */
export function formerKeyIds(
  key: Key & Pick<VendorPublicKey, 'endorsements'>,
  known: readonly Key[],
  reader: KeyReader,
): string[] {
  const signed = (key.endorsements ?? []).map(splitCompact);
  const begins = known.filter(({ vendor }) => vendor === key.vendor);
  for (let first = 0; first < signed.length; first++) {
    for (const begin of begins) {
      const ids = follow(begin, signed.slice(first), key, reader);
      if (ids) return ids;
    }
  }
  return [];
}

/** The ids from `begin` on, when the chain leads to `key`. */
function follow(
  begin: Key,
  signed: readonly (SignedText | null)[],
  key: Key,
  reader: KeyReader,
): string[] | undefined {
  const ids: string[] = [];
  let signer = begin;
  for (const jws of signed) {
    const keyId = reader.keyIdOf(signer.publicKey);
    const opened = jws && reader.open(jws, signer.publicKey.x);
    const header = endorsementHeaderSchema.safeParse(opened?.header);
    const next = endorsementSchema.safeParse(opened?.payload);
    if (!header.success || header.data.kid !== keyId) return undefined;
    if (!next.success || next.data.vendor !== key.vendor) return undefined;
    ids.push(keyId);
    signer = next.data;
  }
  return signer.publicKey.x === key.publicKey.x ? ids : undefined;
}
