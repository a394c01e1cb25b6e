import { z } from 'zod';
import {
  type CheckoutRequest,
  type LeaseAnswer,
  type TokenClaims,
  tokenClaimsSchema,
} from '../contract/client-api.ts';
import { splitCompact } from '../model/signed-text.ts';
import type { Signatures } from './client-ports.ts';

/** What the token of an answer is to prove. */
export interface TokenQuestion {
  answer: LeaseAnswer;
  /** What was asked for. */
  request: CheckoutRequest;
  /** What was sent as `Understudy-Nonce` with the request that was answered. */
  nonce: string;
  signatures: Signatures;
}

const tokenHeaderSchema = z.object({
  alg: z.literal('ES256'),
  kid: z.string(),
  crit: z.undefined().optional(),
});

/** What a token says, signed with the key of the server that it names; `doubt` is a part of a sentence. */
export function readToken(
  { serverKey, token }: Pick<LeaseAnswer, 'serverKey' | 'token'>,
  signatures: Signatures,
): { ok: true; claims: TokenClaims } | { ok: false; doubt: string } {
  if (serverKey === undefined) {
    return refuse('it came without the key of the server that signed it');
  }
  const id = signatures.serverIdOf(serverKey);
  if (id === null) return refuse('what came as the key of its server is none');
  const parts = splitCompact(token);
  const opened = parts && signatures.open(parts, { type: 'server', spki: serverKey });
  if (!opened) return refuse('its token is not signed with the key of its server');
  const header = tokenHeaderSchema.safeParse(opened.header);
  const claims = tokenClaimsSchema.safeParse(opened.payload);
  if (!header.success || !claims.success) return refuse('its token says nothing that is known');
  if (claims.data.iss !== id || header.data.kid !== id) {
    return refuse('its token is signed by another server than the one that it names');
  }
  return { ok: true, claims: claims.data };
}

/**
 * Whether a token is for this holder, this request and the lease that the answer tells of; null: it is.
 * Whose licence it is of, and whether it counts, is another matter (`findDoubt`).
 */
export function judgeClaims(claims: TokenClaims, question: TokenQuestion): string | null {
  const { answer, request, nonce } = question;
  const { lease } = answer;
  const { instance, user, host } = request.client;
  if (claims.holder !== instance || claims.user !== user || claims.host !== host) {
    return 'its token is for another holder';
  }
  if (claims.nonce !== nonce) return 'its token is the answer to another request';
  const isOfLease =
    claims.lease === lease.id &&
    claims.term === answer.term &&
    claims.iss === answer.servedBy.id &&
    claims.units === lease.units &&
    lease.license === claims.license &&
    lease.feature === claims.feature &&
    lease.units === request.units;
  if (!isOfLease) return 'its token is for another lease';
  return isOfLife(lease, claims) ? null : 'its token is for another time-to-live';
}

/** Whether the answer promises the life that its token does. */
function isOfLife({ ttlSeconds, borrowUntil }: LeaseAnswer['lease'], claims: TokenClaims): boolean {
  const { ttl, borrow } = claims;
  if (ttl !== ttlSeconds) return false;
  if (borrowUntil === undefined) return borrow === undefined;
  return borrow === Math.floor(Date.parse(borrowUntil) / 1000);
}

function refuse(doubt: string): { ok: false; doubt: string } {
  return { ok: false, doubt };
}
