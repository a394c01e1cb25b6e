import type { ClientProgram } from './client-program.ts';
import { Misconduct } from './misconduct.ts';
import type { GivenToken, Heard, Transcript } from './scripted-server.ts';

/** How long a newer token may be under way to the client, in milliseconds. */
const underWayMs = 1_000;

/** What a token may still be sent after its end, which is in whole seconds, in milliseconds. */
const lateTokenMs = 1_000;

/** How long after the end of its lease a client may still say that it lives, in milliseconds. */
const lateWordMs = 1_200;

/** How soon a request is sent again whose connection broke, in milliseconds. */
const sentAgainMs = 500;

/** What holds in every scenario (docs/write-a-client.md). Throws a Misconduct. */
export function judgeConduct(
  { heard, given }: Transcript,
  clients: readonly ClientProgram[],
): void {
  judgeRequests(heard);
  judgeTokens(heard, given);
  judgeClaims(given, clients);
}

function judgeRequests(heard: readonly Heard[]): void {
  const last = new Map<string, Heard>();
  for (const request of heard) {
    const { fault, kind, line, nonce } = request;
    if (fault !== undefined) throw new Misconduct(`a server would refuse ${line}: ${fault}`);
    if (kind !== 'checkout' && kind !== 'renewal') continue;
    if (nonce === undefined) throw new Misconduct(`it sent ${line} without Understudy-Nonce`);
    const former = last.get(nonce);
    if (former && !isSentAgain(former, request)) {
      throw new Misconduct(`it sent ${line} with a nonce that it had used`);
    }
    last.set(nonce, request);
  }
}

/** The same request once more: the connection broke under it, or it was sent on to this server. */
function isSentAgain(former: Heard, request: Heard): boolean {
  const { server, redirectedTo = server, line, body, atMs } = former;
  const isSame = redirectedTo === request.server && line === request.line && body === request.body;
  return isSame && request.atMs - atMs < sentAgainMs;
}

/** The newest token goes with renewals and returns, and none that has ended, or that proves nothing. */
function judgeTokens(heard: readonly Heard[], given: readonly GivenToken[]): void {
  for (const { atMs, kind, line, token, leaseId } of heard) {
    if (kind === 'other') continue;
    const before = given.filter((one) => one.genuine && one.atMs <= atMs);
    if (token === undefined) {
      const lease = before.findLast((one) => one.leaseId === leaseId);
      const isAlive = lease !== undefined && lease.endsAtMs - lateTokenMs > atMs;
      if (isAlive) throw new Misconduct(`it sent ${line} without its token`);
      continue;
    }
    const sent = given.findLast((one) => one.token === token);
    if (!sent) throw new Misconduct(`it sent ${line} with a token that no server gave`);
    if (!sent.genuine) throw new Misconduct(`it sent ${line} with a token that proves nothing`);
    if (sent.endsAtMs + lateTokenMs < atMs) {
      throw new Misconduct(`it sent ${line} with a token that had ended`);
    }
    const newer = before.find((one) => {
      const isLater = given.indexOf(one) > given.indexOf(sent);
      return isLater && one.leaseId === sent.leaseId && one.atMs + underWayMs < atMs;
    });
    if (newer) throw new Misconduct(`it sent ${line} with a token although it had a newer one`);
  }
}

/** A client has no seat but of a server, and none that has ended. */
function judgeClaims(given: readonly GivenToken[], clients: readonly ClientProgram[]): void {
  for (const { told } of clients) {
    let heldLease: string | undefined;
    for (const { state, lease, atMs } of told) {
      if (state === 'retrying') judgeRetrying(given, heldLease, atMs);
      if (state !== 'held') continue;
      heldLease = lease;
      const granted = given.find((one) => one.leaseId === lease && one.atMs <= atMs);
      if (!granted) throw new Misconduct(`it says that it holds ${lease}, which nobody granted`);
    }
  }
}

function judgeRetrying(
  given: readonly GivenToken[],
  lease: string | undefined,
  atMs: number,
): void {
  const ends = given
    .filter((one) => one.genuine && one.leaseId === lease && one.atMs <= atMs)
    .map(({ endsAtMs }) => endsAtMs);
  const lateMs = atMs - Math.max(...ends);
  if (ends.length > 0 && lateMs > lateWordMs) {
    throw new Misconduct(`it says that it is retrying ${lateMs} ms after the end of its lease`);
  }
}
