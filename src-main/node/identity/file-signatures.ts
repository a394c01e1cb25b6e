import type { FileSignatures } from '../../../src-shared/contract/remote-borrow.ts';
import { decodeMember, isSignedWithP256 } from '../licensing/license-jws.ts';
import { parsePublicKey } from './key-file.ts';
import { serverIdOf } from './server-id.ts';

/** Reads what machines sign that reach no server. */
export const fileSignatures: FileSignatures = {
  decode: decodeMember,
  keyIdOf: (spki) => {
    const key = parsePublicKey(spki);
    return key === undefined ? null : serverIdOf(key);
  },
  open: (jws, spki) => {
    const key = parsePublicKey(spki);
    if (!key || !isSignedWithP256(jws, key)) return null;
    return { header: decodeMember(jws.protected), payload: decodeMember(jws.payload) };
  },
};
