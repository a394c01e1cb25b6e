import { createPublicKey, type KeyObject } from 'node:crypto';
import { tokenClaimsSchema, type TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { Lease } from '../../../src-shared/model/lease.ts';
import { tokenCharsMax, verifyToken } from './token.ts';

export interface TokenReaderOptions {
  serverId: string;
  ownKey: KeyObject;
  /** SubjectPublicKeyInfo (DER, base64) of a paired server; undefined: not paired or not known. */
  publicKeyOf: (server: string) => string | undefined;
}

/** Reads the tokens that clients send along (protocol section 4). */
export class TokenReader {
  readonly #options: TokenReaderOptions;

  constructor(options: TokenReaderOptions) {
    this.#options = options;
  }

  /** What a token says, without any proof: good enough to choose a ledger by. */
  glance(token: string | null): TokenClaims | undefined {
    if (token === null || token.length > tokenCharsMax) return undefined;
    const payload = token.split('.')[1];
    if (payload === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const parsed = tokenClaimsSchema.safeParse(value);
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }

  /** The claims, proved to be signed by this server or a paired one. */
  async verify(token: string): Promise<TokenClaims | undefined> {
    const claims = this.glance(token);
    const key = claims && this.#keyOf(claims.iss);
    return key && verifyToken(token, key);
  }

  #keyOf(server: string): KeyObject | undefined {
    const { serverId, ownKey, publicKeyOf } = this.#options;
    if (server === serverId) return ownKey;
    const known = publicKeyOf(server);
    if (known === undefined) return undefined;
    try {
      return createPublicKey({ key: Buffer.from(known, 'base64'), format: 'der', type: 'spki' });
    } catch {
      return undefined;
    }
  }
}

/** The lease that a proved token speaks of; `product` is that of its licence. */
export function leaseOfToken(claims: TokenClaims, product: string): Lease {
  const { lease, license, feature, units, holder, user, host, app, granted, borrow, iat } = claims;
  return {
    id: lease,
    licenseId: license,
    product,
    feature,
    units,
    holder: {
      instance: holder,
      user: user ?? 'unknown',
      host: host ?? 'unknown',
      ...(app === undefined ? {} : { app }),
    },
    grantedAtMs: (granted ?? iat) * 1000,
    borrowUntilMs: borrow === undefined ? null : borrow * 1000,
  };
}
