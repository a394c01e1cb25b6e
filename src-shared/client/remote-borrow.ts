import type { CheckoutRequest, LeaseAnswer } from '../contract/client-api.ts';
import {
  borrowTokenBytesMax,
  borrowTokenSchema,
  type FileSigner,
  formatBorrowRequest,
  formatBorrowReturn,
  machineInstanceOf,
  machineRequestNumber,
} from '../contract/remote-borrow.ts';
import { parseJson } from '../model/json.ts';
import { clockDifferenceMsMax } from '../model/clock-difference.ts';
import { formatInstant } from '../model/scalars.ts';
import { formatBorrowed } from './borrowed-seat.ts';
import type { Signatures } from './client-ports.ts';
import { targetOfUrl } from './target.ts';
import { judgeClaims, readToken } from './token-proof.ts';
import { findDoubt, type VendorTrust } from './vendor-proof.ts';

// Borrowing on a machine that reaches no server (docs/borrowing.md): it signs what it asks for, somebody
// carries the file to a server and the answer back, and a signed file gives the seat back.

/** What a machine wants to borrow; who it is, its key says. */
export type BorrowWish = Omit<CheckoutRequest, 'client' | 'request' | 'borrowUntil'> & {
  client: Omit<CheckoutRequest['client'], 'instance'>;
  borrowUntil: string;
};

/** What the machine keeps of what it asked for. */
export interface AskedBorrow {
  request: CheckoutRequest;
  nonce: string;
}

/** The request file of a machine with a key that was made for it, and what the machine keeps of it. */
export function makeBorrowRequest(
  wish: BorrowWish,
  { signer, signatures, wallMs }: { signer: FileSigner; signatures: Signatures; wallMs: number },
): AskedBorrow & { file: string } {
  const keyId = signatures.serverIdOf(signer.spki);
  if (keyId === null) throw new Error('the key of a machine is ECDSA P-256');
  const client = { ...wish.client, instance: machineInstanceOf(keyId) };
  const request = { ...wish, client, request: machineRequestNumber };
  const nonce = signatures.nonce();
  const asked = { request, nonce, requestedAt: formatInstant(wallMs) };
  return { request, nonce, file: formatBorrowRequest(asked, signer) };
}

export interface TokenFileOptions {
  signatures: Signatures;
  /** The clock of this machine. */
  wallMs: number;
  /** Ids of the servers that are accepted; empty: any. */
  fingerprints: readonly string[];
  vendor?: VendorTrust | undefined;
}

export type TokenFileProblem =
  | { code: 'BORROW_FILE_WRONG'; message: string }
  | { code: 'BORROW_ENDED'; message: string }
  | { code: 'CLOCK_WRONG'; message: string }
  | { code: 'SERVER_NOT_TRUSTED'; message: string }
  | { code: 'LICENSE_NOT_PROVED'; message: string };

/** What a token file says, before anything of it is believed; undefined: it is none. */
export function readTokenFile(text: string): LeaseAnswer | undefined {
  if (text.length > borrowTokenBytesMax) return undefined;
  return borrowTokenSchema.safeParse(parseJson(text)).data?.answer;
}

/**
 * Takes a token file for what this machine asked for. `borrowed` is for `LicenseClient.resume`, with the
 * same request. Only the signed token counts: what stands beside it in the file has to say the same.
 */
export function takeTokenFile(
  answer: LeaseAnswer,
  asked: AskedBorrow,
  { signatures, wallMs, fingerprints, vendor }: TokenFileOptions,
): { ok: true; borrowed: string } | ({ ok: false } & TokenFileProblem) {
  const { request, nonce } = asked;
  const token = readToken(answer, signatures);
  const doubt = token.ok
    ? judgeClaims(token.claims, { answer, request, nonce, signatures })
    : token.doubt;
  if (!token.ok || doubt !== null) {
    const message = `The token file does not hold for what this machine asked for: ${doubt ?? ''}.`;
    return { ok: false, code: 'BORROW_FILE_WRONG', message };
  }
  const { iss, iat } = token.claims;
  if (fingerprints.length > 0 && !fingerprints.includes(iss)) {
    const message =
      `The token is signed by the server ${iss}, which is none of those that this machine accepts ` +
      '(fingerprints). Ask the admin of the licence server for its fingerprint.';
    return { ok: false, code: 'SERVER_NOT_TRUSTED', message };
  }
  const unproved = vendor && findDoubt({ answer, request, nonce, vendor, signatures });
  if (unproved) {
    const message = `The vendor does not vouch for the seat: ${unproved}.`;
    return { ok: false, code: 'LICENSE_NOT_PROVED', message };
  }
  const { borrowUntil = '', feature } = answer.lease;
  if (!(Date.parse(borrowUntil) > wallMs)) {
    const message = `The licence for ${feature} was borrowed until ${borrowUntil || 'no instant'}.`;
    return { ok: false, code: 'BORROW_ENDED', message };
  }
  if (wallMs < iat * 1000 - clockDifferenceMsMax) {
    const message =
      `The clock of this machine (${formatInstant(wallMs)}) is behind the time at which the token was ` +
      `signed (${formatInstant(iat * 1000)}). Set it right and try again.`;
    return { ok: false, code: 'CLOCK_WRONG', message };
  }
  const served = answer.servers.find(({ id }) => id === answer.servedBy.id);
  const target = targetOfUrl(served?.url ?? '') ?? 'localhost:7470';
  const route = { target, tier: 'primary', id: iss } as const;
  const grant = { answer, nonce, route, sentAtMs: 0 };
  return { ok: true, borrowed: formatBorrowed(grant, request, wallMs) };
}

/** The return file for a seat that a token file gave. */
export function makeBorrowReturn(
  { lease, token }: Pick<LeaseAnswer, 'lease' | 'token'>,
  { signer, wallMs }: { signer: FileSigner; wallMs: number },
): string {
  return formatBorrowReturn({ lease: lease.id, token, returnedAt: formatInstant(wallMs) }, signer);
}
