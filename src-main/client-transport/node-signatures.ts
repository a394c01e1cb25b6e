import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import type { Signatures, SigningKey } from '../../src-shared/client/client-ports.ts';
import type { SignedText } from '../../src-shared/model/signed-text.ts';

/** 128 random bits. */
const nonceBytes = 16;

/** Chance, hashes and signatures by `node:crypto`. */
export const nodeSignatures: Signatures = {
  nonce: () => randomBytes(nonceBytes).toString('base64url'),
  hash: (text) => createHash('sha256').update(text).digest('base64url'),
  serverIdOf: (spki) => {
    const key = keyOf({ type: 'server', spki });
    const der = key?.export({ type: 'spki', format: 'der' });
    return der === undefined ? null : createHash('sha256').update(der).digest('hex');
  },
  decode,
  open: (jws, key) => {
    const publicKey = keyOf(key);
    if (!publicKey || !isSigned(jws, publicKey, key.type)) return null;
    const header = decode(jws.protected);
    const payload = decode(jws.payload);
    return header === undefined || payload === undefined ? null : { header, payload };
  },
};

function isSigned(jws: SignedText, key: KeyObject, type: SigningKey['type']): boolean {
  const signature = Buffer.from(jws.signature, 'base64url');
  // The last character has bits to spare: one signature has one spelling.
  if (signature.toString('base64url') !== jws.signature) return false;
  const signed = Buffer.from(`${jws.protected}.${jws.payload}`);
  try {
    if (type === 'vendor') return verify(null, signed, key, signature);
    return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}

/** Undefined: it is no key of its kind. */
function keyOf(key: SigningKey): KeyObject | undefined {
  try {
    if (key.type === 'vendor') {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.x };
      return createPublicKey({ key: jwk, format: 'jwk' });
    }
    const der = Buffer.from(key.spki, 'base64');
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
    const isP256 = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
    return isP256 ? publicKey : undefined;
  } catch {
    return undefined;
  }
}

function decode(member: string): unknown {
  try {
    const bytes = Buffer.from(member, 'base64url');
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
