import { compactVerify } from 'jose';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { tokenClaimsSchema, type TokenClaims } from '../../../src-shared/contract/client-api.ts';
import { serverIdOf } from './server-id.ts';

/** Longest token that is looked at: about twice what the longest claims make. */
export const tokenCharsMax = 8_192;

const tokenHeaderSchema = z.object({ alg: z.literal('ES256'), kid: z.string() });

/**
 * The claims of a token that the server with this public key signed; undefined for any other text.
 * Whether the lease has ended is for the caller to judge by `exp`: an ended token still proves that
 * the lease was granted (protocol section 4).
 */
export async function verifyToken(
  token: string,
  publicKey: KeyObject,
): Promise<TokenClaims | undefined> {
  if (token.length > tokenCharsMax) return undefined;
  try {
    const { payload, protectedHeader } = await compactVerify(token, publicKey, {
      algorithms: ['ES256'],
    });
    const header = tokenHeaderSchema.parse(protectedHeader);
    const claims = tokenClaimsSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
    const signer = serverIdOf(publicKey);
    return claims.iss === signer && header.kid === signer ? claims : undefined;
  } catch {
    return undefined;
  }
}
