import { sign, type KeyObject } from 'node:crypto';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';

/**
 * A compact JWS (RFC 7515) over the claims, ES256, with the server's id as `kid`. Made with
 * `node:crypto` and synchronous, because a worker signs one for every checkout and renewal: two
 * thirds of the processor time of jose's SignJWT, nearly all of it for the ECDSA signature itself.
 * `privateKey` must be the ECDSA P-256 key of the server `claims.iss`.
 */
export function signToken(claims: TokenClaims, privateKey: KeyObject): string {
  const header = encode(`{"alg":"ES256","kid":"${claims.iss}","typ":"JWT"}`);
  const signed = `${header}.${encode(JSON.stringify(claims))}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${signed}.${sign('sha256', Buffer.from(signed, 'latin1'), key).toString('base64url')}`;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
