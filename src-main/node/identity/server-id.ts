import { createHash, type KeyObject } from 'node:crypto';

/** Id of the server with this key: SHA-256 of its SubjectPublicKeyInfo (DER), 64 hex digits. */
export function serverIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
