import { verify } from 'node:crypto';
import type { FileSignatures } from '../../../src-shared/contract/remote-borrow.ts';
import { decodeMember } from '../licensing/license-jws.ts';
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
    const signature = Buffer.from(jws.signature, 'base64url');
    const signed = Buffer.from(`${jws.protected}.${jws.payload}`);
    if (!key || signature.toString('base64url') !== jws.signature) return null;
    if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) return null;
    return { header: decodeMember(jws.protected), payload: decodeMember(jws.payload) };
  },
};
