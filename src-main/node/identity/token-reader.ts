import type { KeyObject } from 'node:crypto';
import { tokenClaimsSchema, type TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { Lease } from '../../../src-shared/model/lease.ts';
import type { LeaseProof } from '../core/ledger/event.ts';
import type { Term } from '../core/replica/term.ts';
import type { FormerKeys } from './former-keys.ts';
import { parsePublicKey } from './key-file.ts';
import { tokenCharsMax, verifyToken } from './verify-token.ts';

export interface TokenReaderOptions {
  serverId: string;
  ownKey: KeyObject;
  /** Keys that this server had before; what they signed counts as signed by this server. */
  formerKeys: FormerKeys;
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
    const claims = readClaims(token);
    return claims && this.#asPresent(claims);
  }

  /** The claims, proved to be signed by this server or a paired one. */
  async verify(token: string): Promise<TokenClaims | undefined> {
    const signer = readClaims(token)?.iss;
    const key = signer === undefined ? undefined : this.#keyOf(signer);
    const claims = key && (await verifyToken(token, key));
    return claims && this.#asPresent(claims);
  }

  /** What this server signed under a former id counts as signed by it under its present one. */
  #asPresent(claims: TokenClaims): TokenClaims {
    const { serverId, formerKeys } = this.#options;
    return formerKeys.has(claims.iss) ? { ...claims, iss: serverId } : claims;
  }

  #keyOf(server: string): KeyObject | undefined {
    const { serverId, ownKey, formerKeys, publicKeyOf } = this.#options;
    if (server === serverId) return ownKey;
    const known = publicKeyOf(server);
    return formerKeys.get(server) ?? (known === undefined ? undefined : parsePublicKey(known));
  }
}

function readClaims(token: string | null): TokenClaims | undefined {
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

/** What a proved token says; `product` is that of its licence. */
export function proofOfToken(claims: TokenClaims, product: string): LeaseProof {
  const { exp, iss: signer, term } = claims;
  return { lease: leaseOf(claims, product), endsAtMs: exp * 1000, signer, term };
}

function leaseOf(claims: TokenClaims, product: string): Lease {
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

/** A term as a token gives it: its number and who signed. */
export function termOfToken({ term, iss }: TokenClaims): Term {
  return { number: term, member: iss };
}
