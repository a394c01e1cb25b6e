import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { serverIdOf } from './server-id.ts';

/** The key of a server: ECDSA P-256, both halves. */
export interface IdentityKey {
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER), 64 hex digits. */
  id: string;
  /** PKCS #8. */
  keyPem: string;
  publicKeyPem: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export async function makeIdentityKey(): Promise<IdentityKey> {
  const pair = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const keyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return describeKey(pair.privateKey, keyPem);
}

/** Undefined: the text is damaged, or a key of another kind. */
export function parseIdentityKey(keyPem: string): IdentityKey | undefined {
  try {
    const privateKey = createPrivateKey(keyPem);
    if (!isIdentityKey(privateKey)) return undefined;
    const key = describeKey(privateKey, keyPem);
    return isOfOnePair(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A public key out of SubjectPublicKeyInfo in DER, as base64; undefined as above. */
export function parsePublicKey(text: string): KeyObject | undefined {
  try {
    const der = Buffer.from(text, 'base64');
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return isIdentityKey(publicKey) ? publicKey : undefined;
  } catch {
    return undefined;
  }
}

/** SubjectPublicKeyInfo in DER, as base64. */
export function formatPublicKey(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

function isIdentityKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** The file holds both halves, and a bit that flips in one leaves it readable. */
function isOfOnePair({ privateKey, publicKey }: IdentityKey): boolean {
  const text = Buffer.from('understudy');
  return verify('sha256', text, publicKey, sign('sha256', text, privateKey));
}

function describeKey(privateKey: KeyObject, keyPem: string): IdentityKey {
  const publicKey = createPublicKey(privateKey);
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { id: serverIdOf(publicKey), keyPem, publicKeyPem, privateKey, publicKey };
}
