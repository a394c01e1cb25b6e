import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { FileSigner } from '../../src-shared/contract/remote-borrow.ts';

/** A key that a machine makes for one borrowed seat: P-256, PKCS #8 in PEM. Keep it where the seat is kept. */
export function makeMachineKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * Signs the files of a machine with such a key.
 *
 * @throws {Error} it is none
 */
export function openMachineKey(pem: string): FileSigner {
  const key = createPrivateKey(pem);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    spki,
    encode: (value) => Buffer.from(JSON.stringify(value)).toString('base64url'),
    sign: (text) =>
      sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
  };
}
