import { createPublicKey, sign } from 'node:crypto';
import {
  serverRequestJwsType,
  type ServerRequest,
} from '../../../src-shared/model/server-request.ts';
import { encodeMember } from '../licensing/license-jws.ts';
import type { IdentityKey } from './key-file.ts';

/**
 * The text of a request file: a flattened JWS (RFC 7515), ES256, with the server's public key in its
 * header, of which the server's id is the hash.
 */
export function signRequest(
  request: ServerRequest,
  { id, privateKey }: Pick<IdentityKey, 'id' | 'privateKey'>,
): string {
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  const jwk = { kty, crv, x, y };
  const head = encodeMember({ alg: 'ES256', kid: id, typ: serverRequestJwsType, jwk });
  const payload = encodeMember(request);
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = sign('sha256', Buffer.from(`${head}.${payload}`), key).toString('base64url');
  return `${JSON.stringify({ payload, protected: head, signature }, null, 2)}\n`;
}
